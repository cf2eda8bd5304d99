import { describe, expect, it } from 'vitest'
import { answerPhone } from '../src/phones/answer-phone.ts'
import { bobsPhones } from '../src/phones/bobs-phones.ts'
import type { PhoneState } from '../src/phones/phone-state.ts'
import { receiveDataMessage } from '../src/phones/receive-data-message.ts'
import { receiveVoipPush } from '../src/phones/receive-voip-push.ts'
import { stopPhone } from '../src/phones/stop-phone.ts'

const idle: PhoneState = { status: 'idle' }
const sessionId = 'v1.us.0123456789abcdef0123456789abcdef'
const uuid = '01234567-89AB-CDEF-0123-456789ABCDEF'
const voip = {
  type: 'call',
  callAction: 'initiated',
  sessionId,
  uuid,
  callerName: 'Alice',
  callType: 'video',
}
const data = { ...voip, type: 'incoming_call' }
const times = { now: 1_000, deadline: 31_000 }

const ringingIphone = receiveVoipPush(idle, { payload: voip, ...times }).state
const ringingAndroid = receiveDataMessage(idle, { data, ...times }).state

describe('an iPhone', () => {
  it('rings on a VoIP push until the push expires', () => {
    const { state, effect } = receiveVoipPush(idle, { payload: voip, ...times })
    expect(effect).toBe('rings')
    expect(state).toMatchObject({
      status: 'ringing',
      since: 1_000,
      until: 31_000,
      call: { sessionId, callerName: 'Alice' },
    })
  })

  it('shows one call for the same uuid twice, in either case', () => {
    const again = receiveVoipPush(ringingIphone, { payload: { ...voip, uuid: uuid.toLowerCase() }, ...times })
    expect(again).toEqual({ state: ringingIphone, effect: 'same-call' })
  })

  it('derives the uuid from the session id where the push has none', () => {
    const { uuid: _, ...without } = voip
    expect(receiveVoipPush(ringingIphone, { payload: without, ...times }).effect).toBe('same-call')
  })

  it('rings whatever callAction says, since iOS wants every VoIP push reported', () => {
    const cancelled = { ...voip, callAction: 'cancelled' }
    expect(receiveVoipPush(idle, { payload: cancelled, ...times }).effect).toBe('rings')
  })

  it('does not ring for a push that has expired', () => {
    expect(receiveVoipPush(idle, { payload: voip, now: 31_000, deadline: 31_000 })).toEqual({
      state: idle,
      effect: 'too-late',
    })
  })

  it('is busy for another call', () => {
    const other = { ...voip, sessionId: 'v1.us.other', uuid: 'other' }
    expect(receiveVoipPush(ringingIphone, { payload: other, ...times })).toEqual({
      state: ringingIphone,
      effect: 'busy',
    })
  })

  it('rings on a push of which it understands nothing', () => {
    const { state } = receiveVoipPush(idle, { payload: null, ...times })
    expect(state).toMatchObject({ status: 'ringing', call: { callerName: 'Unknown', callType: 'audio' } })
  })
})

describe('an Android phone', () => {
  it.each(['incoming_call', 'call'])('rings on a data message of type %s', type => {
    expect(receiveDataMessage(idle, { data: { ...data, type }, ...times }).effect).toBe('rings')
  })

  it.each([
    ['another type', { type: 'chat' }],
    ['no action', { callAction: undefined }],
    ['an action it does not know', { callAction: 'whispered' }],
    ['no session', { sessionId: undefined }],
  ])('ignores a message with %s', (_, change) => {
    expect(receiveDataMessage(idle, { data: { ...data, ...change }, ...times })).toEqual({
      state: idle,
      effect: 'ignored',
    })
  })

  it('shows one call for the same session twice', () => {
    expect(receiveDataMessage(ringingAndroid, { data, ...times })).toEqual({
      state: ringingAndroid,
      effect: 'same-call',
    })
  })

  it.each(['cancelled', 'unanswered', 'rejected', 'ended', 'busy', 'ongoing'])('stops on %s', callAction => {
    const stop = { ...data, type: 'call_ended', callAction }
    const { state, effect } = receiveDataMessage(ringingAndroid, { data: stop, ...times })
    expect(effect).toBe('stops')
    expect(state).toMatchObject({ status: 'idle', last: { reason: callAction, by: 'push', at: 1_000 } })
  })

  it('goes on ringing when another session ends', () => {
    const stop = { ...data, callAction: 'cancelled', sessionId: 'v1.us.other' }
    expect(receiveDataMessage(ringingAndroid, { data: stop, ...times })).toEqual({
      state: ringingAndroid,
      effect: 'ignored',
    })
  })

  it('does not ring again for the end of a call that it never rang for', () => {
    const stop = { ...data, callAction: 'cancelled' }
    expect(receiveDataMessage(idle, { data: stop, ...times })).toEqual({ state: idle, effect: 'ignored' })
  })

  it('keeps the call it answered when told that somebody answered', () => {
    const talking = answerPhone(ringingAndroid, { sessionId, at: 2_000 })
    expect(receiveDataMessage(talking, { data: { ...data, callAction: 'ongoing' }, ...times }).state).toBe(
      talking,
    )
  })
})

describe('any phone', () => {
  it('talks once answered, and only for the session it rings for', () => {
    expect(answerPhone(ringingIphone, { sessionId, at: 2_000 })).toMatchObject({
      status: 'connected',
      since: 2_000,
    })
    expect(answerPhone(ringingIphone, { sessionId: 'v1.us.other', at: 2_000 })).toBe(ringingIphone)
    expect(answerPhone(idle, { sessionId, at: 2_000 })).toBe(idle)
  })

  it('ends its talk when the call has ended, not when the ring is over', () => {
    const talking = answerPhone(ringingIphone, { sessionId, at: 2_000 })
    const stop = { sessionId, by: 'connection', at: 3_000 } as const
    expect(stopPhone(talking, { ...stop, reason: 'deadline' })).toBe(talking)
    expect(stopPhone(talking, { ...stop, reason: 'ended' })).toMatchObject({
      status: 'idle',
      last: { reason: 'ended' },
    })
  })

  it('has the same token on every run', () => {
    const [iphone, android] = bobsPhones('bob')
    expect(iphone?.token).toMatch(/^[0-9a-f]{64}$/)
    expect(android?.token).toMatch(/^[\w-]{22}:APA91b[\w-]{100,}$/)
    expect(bobsPhones('bob')).toEqual([iphone, android])
    expect(bobsPhones('carol')[0]?.token).not.toBe(iphone?.token)
  })
})
