import { buildFcmRing, buildFcmStop, endActions } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { ringEvent } from './ring-events.ts'
import { SENT_AT } from './webhooks.ts'

const actions = [...endActions, 'ongoing'] as const
const ringing = { call: 'call', incoming_call: 'incoming_call' } as const

describe('the data message that stops a ring', () => {
  it.each(actions)('says of an app of type call that the call is %s', action => {
    const ring = buildFcmRing(ringEvent(), SENT_AT, 'call')
    expect(buildFcmStop(ringEvent(), SENT_AT, 'call', action)).toEqual({ ...ring, callAction: action })
  })

  it.each(actions)('never looks like a ring to an app that does not read callAction: %s', action => {
    const ring = buildFcmRing(ringEvent(), SENT_AT, ringing.incoming_call)
    expect(buildFcmStop(ringEvent(), SENT_AT, ringing.incoming_call, action)).toEqual({
      ...ring,
      type: 'call_ended',
      callAction: action,
    })
  })

  it.each(actions)('names the call as the ring did, whatever the names in it cost: %s', action => {
    const event = ringEvent({ caller: { uid: 'alice', name: '🦊'.repeat(5_000) } })
    const { sessionId, uuid, callUUID, sender, receiver } = buildFcmRing(event, SENT_AT, 'call')
    const stop = buildFcmStop(event, SENT_AT, 'call', action)
    expect(stop).toMatchObject({ sessionId, uuid, callUUID, sender, receiver })
    expect(Buffer.byteLength(JSON.stringify(stop))).toBeLessThanOrEqual(4096)
    expect(Object.values(stop).every(value => typeof value === 'string')).toBe(true)
  })
})
