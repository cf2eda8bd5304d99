import { endActions } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { ringEvent } from '../../../payloads/test/ring-events.ts'
import { SENT_AT } from '../../../payloads/test/webhooks.ts'
import { buildFcmRing } from '../../src/fcm/payloads/build-ring.ts'
import { buildFcmStop } from '../../src/fcm/payloads/build-stop.ts'

const actions = [...endActions, 'ongoing'] as const
const ringing = { call: 'call', incoming_call: 'incoming_call' } as const

describe('the data message that stops a ring', () => {
  it.each(actions)('has the action for an app of type call: %s', action => {
    const { senderUid, ...ring } = buildFcmRing(ringEvent(), SENT_AT, 'call')
    expect(buildFcmStop(ringEvent(), SENT_AT, 'call', action)).toEqual({ ...ring, callAction: action })
  })

  it.each(actions)(
    'has the action cancelled for an app that stops at nothing else, except when the call is ongoing: %s',
    action => {
      const stop = buildFcmStop(ringEvent(), SENT_AT, 'call', action, { stopAction: 'cancelled' })
      // When such an app stops ringing it rejects the call, which the same user has just answered.
      expect(stop.callAction).toBe(action === 'ongoing' ? 'ongoing' : 'cancelled')
    },
  )

  it.each(actions)('contains the raw message only for apps that need it to stop: %s', action => {
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

  it.each(actions)('identifies the call like the ring did, however long the names are: %s', action => {
    const event = ringEvent({ caller: { uid: 'alice', name: '🦊'.repeat(5_000) } })
    const { sessionId, uuid, callUUID, sender, receiver } = buildFcmRing(event, SENT_AT, 'call')
    const stop = buildFcmStop(event, SENT_AT, 'call', action)
    expect(stop).toMatchObject({ sessionId, uuid, callUUID, sender, receiver })
    expect(Buffer.byteLength(JSON.stringify(stop))).toBeLessThanOrEqual(4096)
    expect(Object.values(stop).every(value => typeof value === 'string')).toBe(true)
  })
})
