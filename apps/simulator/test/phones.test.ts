import { describe, expect, it } from 'vitest'
import { answerPhone, stopPhone } from '../src/phones/change-phone.ts'
import type { HandsetState } from '../src/phones/handset-state.ts'
import { receiveDataMessage, receiveVoipPush } from '../src/phones/receive-call-push.ts'
import { bobsPhones } from '../src/phones/simulated-phones.ts'

const idle: HandsetState = { status: 'idle' }
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

  it('shows one call for two pushes with the same uuid, in either case', () => {
    const again = receiveVoipPush(ringingIphone, { payload: { ...voip, uuid: uuid.toLowerCase() }, ...times })
    expect(again).toEqual({ state: ringingIphone, effect: 'same-call' })
  })

  it('derives the same uuid from the session id for each push without one', () => {
    const { uuid: _, ...payload } = voip
    const { state, effect } = receiveVoipPush(idle, { payload, ...times })
    expect(effect).toBe('rings')
    expect(receiveVoipPush(state, { payload, ...times })).toEqual({ state, effect: 'same-call' })
  })

  it('rings whatever callAction says, since iOS demands a reported call for every VoIP push', () => {
    const cancelled = { ...voip, callAction: 'cancelled' }
    expect(receiveVoipPush(idle, { payload: cancelled, ...times }).effect).toBe('rings')
  })

  it('does not ring for a push that has expired', () => {
    expect(receiveVoipPush(idle, { payload: voip, now: 31_000, deadline: 31_000 })).toEqual({
      state: idle,
      effect: 'too-late',
    })
  })

  it('lets no call through in Focus', () => {
    expect(receiveVoipPush(idle, { payload: voip, ...times, inFocus: true })).toEqual({
      state: idle,
      effect: 'suppressed',
    })
    const again = receiveVoipPush(ringingIphone, { payload: voip, ...times, inFocus: true })
    expect(again.effect).toBe('same-call')
  })

  it('is busy for another call while it rings', () => {
    const other = { ...voip, sessionId: 'v1.us.other', uuid: 'other' }
    expect(receiveVoipPush(ringingIphone, { payload: other, ...times })).toEqual({
      state: ringingIphone,
      effect: 'busy',
    })
  })

  it('rings on a push in which it finds no call', () => {
    const { state } = receiveVoipPush(idle, { payload: null, ...times })
    expect(state).toMatchObject({ status: 'ringing', call: { callerName: 'Unknown', callType: 'audio' } })
  })
})

describe('an Android phone', () => {
  it.each([{ type: 'incoming_call' }, { type: 'call' }, { callAction: undefined }])(
    'rings on a data message with %o',
    change => {
      expect(receiveDataMessage(idle, { data: { ...data, ...change }, ...times }).effect).toBe('rings')
    },
  )

  it.each([
    ['another type', { type: 'chat' }],
    ['an unknown action', { callAction: 'whispered' }],
    ['no session', { sessionId: undefined }],
  ])('ignores a message with %s', (_, change) => {
    expect(receiveDataMessage(idle, { data: { ...data, ...change }, ...times })).toEqual({
      state: idle,
      effect: 'ignored',
    })
  })

  it('shows one call for two messages of the same session', () => {
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

  it('stops on an action that it does not know, but only while it rings', () => {
    const stop = { data: { ...data, callAction: 'whispered' }, ...times }
    expect(receiveDataMessage(ringingAndroid, stop).effect).toBe('stops')
    const talking = answerPhone(ringingAndroid, { sessionId, at: 2_000 })
    expect(receiveDataMessage(talking, stop)).toEqual({ state: talking, effect: 'ignored' })
  })

  it('keeps ringing when another session ends', () => {
    const stop = { ...data, callAction: 'cancelled', sessionId: 'v1.us.other' }
    expect(receiveDataMessage(ringingAndroid, { data: stop, ...times })).toEqual({
      state: ringingAndroid,
      effect: 'ignored',
    })
  })

  it('does nothing at the end of a call that it never rang for', () => {
    const stop = { ...data, callAction: 'cancelled' }
    expect(receiveDataMessage(idle, { data: stop, ...times })).toEqual({ state: idle, effect: 'ignored' })
  })

  it('keeps the call that it answered when a push says that somebody answered', () => {
    const talking = answerPhone(ringingAndroid, { sessionId, at: 2_000 })
    expect(receiveDataMessage(talking, { data: { ...data, callAction: 'ongoing' }, ...times }).state).toBe(
      talking,
    )
  })
})

describe('a phone', () => {
  it('can be answered only for the session that it rings for', () => {
    expect(answerPhone(ringingIphone, { sessionId, at: 2_000 })).toMatchObject({
      status: 'connected',
      since: 2_000,
    })
    expect(answerPhone(ringingIphone, { sessionId: 'v1.us.other', at: 2_000 })).toBe(ringingIphone)
    expect(answerPhone(idle, { sessionId, at: 2_000 })).toBe(idle)
  })

  it('that was answered ends its call when the call has ended, not when the ring is over', () => {
    const talking = answerPhone(ringingIphone, { sessionId, at: 2_000 })
    const stop = { sessionId, by: 'connection', at: 3_000 } as const
    expect(stopPhone(talking, { ...stop, reason: 'deadline' })).toBe(talking)
    expect(stopPhone(talking, { ...stop, reason: 'ended' })).toMatchObject({
      status: 'idle',
      last: { reason: 'ended' },
    })
  })

  it('has the same tokens on every run', () => {
    const [iphone, android] = bobsPhones('bob')
    expect(iphone?.token).toMatch(/^[0-9a-f]{64}$/)
    expect(android?.token).toMatch(/^[\w-]{22}:APA91b[\w-]{100,}$/)
    expect(bobsPhones('bob')).toEqual([iphone, android])
    expect(bobsPhones('carol')[0]?.token).not.toBe(iphone?.token)
  })
})
