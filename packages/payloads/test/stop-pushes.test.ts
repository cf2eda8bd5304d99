import { buildFcmRing, buildFcmStop, endActions } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { ringEvent } from './ring-events.ts'
import { SENT_AT } from './webhooks.ts'

const actions = [...endActions, 'ongoing'] as const
const ringing = { call: 'call', incoming_call: 'incoming_call' } as const

describe('the data message that stops a ring', () => {
  it.each(actions)('says to an app of type call that the call is %s', action => {
    const { senderUid, ...ring } = buildFcmRing(ringEvent(), SENT_AT, 'call')
    expect(buildFcmStop(ringEvent(), SENT_AT, 'call', action)).toEqual({ ...ring, callAction: action })
  })

  it.each(actions)('says cancelled, to an app that stops at nothing else, for %s', action => {
    const stop = buildFcmStop(ringEvent(), SENT_AT, 'call', action, { stopAction: 'cancelled' })
    // Such an app rejects the call that it stops ringing for, and here the same user has just taken it.
    expect(stop.callAction).toBe(action === 'ongoing' ? 'ongoing' : 'cancelled')
  })

  it.each(actions)('brings the raw message only to apps that stop by it: %s', action => {
    const rings = buildFcmStop(ringEvent(), SENT_AT, 'call', action, { legacyPayload: 'rings' })
    expect(rings).toEqual(buildFcmStop(ringEvent(), SENT_AT, 'call', action))
    const all = buildFcmStop(ringEvent(), SENT_AT, 'call', action, { legacyPayload: 'all' })
    if (action === 'ongoing') return expect(all).toEqual(rings)
    expect(all).toMatchObject({ ...rings, alert: 'Missed video call from Alice Moreau' })
    expect(JSON.parse(all.message ?? '')).toMatchObject({ category: 'call', data: { action } })
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
