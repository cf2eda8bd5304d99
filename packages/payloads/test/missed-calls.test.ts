import { buildMissedCall, MAX_PUSH_BYTES, type RingEvent } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { buildApnsAlert } from '../../providers/src/apns/payloads/build-alert.ts'
import { buildFcmAlert } from '../../providers/src/fcm/payloads/build-alert.ts'
import { buildFcmRing } from '../../providers/src/fcm/payloads/build-ring.ts'
import { createRandom } from './random.ts'
import { ringEvent } from './ring-events.ts'
import { alice, bob, MESSAGE_ID, SENT_AT, SESSION_ID } from './webhooks.ts'

const RECEIVED_AT = SENT_AT + 400

describe('the alert for a missed call', () => {
  it('names the caller and has the call’s data', () => {
    const { data, ...shown } = buildMissedCall(ringEvent(), RECEIVED_AT)
    expect(shown).toEqual({
      title: 'Alice Moreau',
      body: 'Missed call from Alice Moreau',
      thread: 'alice_user_bob',
      collapse: SESSION_ID,
    })
    expect(data).toMatchObject({
      type: 'missed_call',
      sessionId: SESSION_ID,
      callerName: 'Alice Moreau',
      callType: 'video',
      sentAt: String(SENT_AT),
    })
  })

  it('has the same data about the call as the ring', () => {
    const { data } = buildMissedCall(ringEvent(), RECEIVED_AT)
    const { type, callAction, title, body, hasVideo, timestamp, ...ring } = buildFcmRing(
      ringEvent(),
      RECEIVED_AT,
      'call',
    )
    expect(data).toEqual({ ...ring, type: 'missed_call' })
    expect(data).toMatchObject({ sessionId: SESSION_ID, sender: 'alice', tag: MESSAGE_ID })
  })

  it('has the uid if the caller has no name', () => {
    expect(buildMissedCall(ringEvent({ caller: { uid: 'alice' } }), RECEIVED_AT)).toMatchObject({
      title: 'alice',
      body: 'Missed call from alice',
      data: { callerName: 'alice', senderName: 'alice' },
    })
  })

  it('does not contain the custom provider’s title and body, which are for the ring', () => {
    const event = ringEvent({ title: 'Caller', body: 'VIDEO CALL' })
    const { title, body, data } = buildMissedCall(event, RECEIVED_AT)
    expect({ title, body }).toEqual({ title: 'Alice Moreau', body: 'Missed call from Alice Moreau' })
    expect(Object.values(data)).not.toContain('VIDEO CALL')
  })

  it('has the app’s localisation key with the caller’s name as argument, if a key is set', () => {
    const localised = buildMissedCall(ringEvent(), RECEIVED_AT, 'MISSED_CALL')
    expect(localised.localisedBody).toEqual({ key: 'MISSED_CALL', args: ['Alice Moreau'] })
    expect(buildApnsAlert(localised).aps.alert).toEqual({
      title: 'Alice Moreau',
      body: 'Missed call from Alice Moreau',
      'loc-key': 'MISSED_CALL',
      'loc-args': ['Alice Moreau'],
    })
    expect(buildFcmAlert(localised).androidNotification).toMatchObject({
      bodyLocKey: 'MISSED_CALL',
      bodyLocArgs: ['Alice Moreau'],
    })
    for (const key of [undefined, '']) {
      expect(buildMissedCall(ringEvent(), RECEIVED_AT, key)).not.toHaveProperty('localisedBody')
    }
  })

  it('does not replace the alert for another meeting of the same session', () => {
    const meeting = (announcedBy: string) =>
      buildMissedCall(ringEvent({ sessionId: 'chess-club', announcedBy }), RECEIVED_AT)
    expect(meeting('90290').collapse).toBe('90290')
    expect(meeting('90291').collapse).toBe('90291')
    expect(meeting('90290').thread).toBe(meeting('90291').thread)
    expect(meeting('90290').data.uuid).not.toBe(meeting('90291').data.uuid)
  })

  it('does not change the number on the app’s icon', () => {
    const alert = buildMissedCall(ringEvent(), RECEIVED_AT)
    expect(buildApnsAlert(alert).aps).not.toHaveProperty('badge')
    expect(buildFcmAlert(alert).androidNotification).not.toHaveProperty('notificationCount')
  })
})

const calls: [string, RingEvent][] = [
  ['a call', ringEvent()],
  ['a call without names', ringEvent({ caller: { uid: 'alice' }, receiver: { uid: 'bob', type: 'user' } })],
  ['a call without a time and a tag', ringEvent({ sentAt: undefined, tag: undefined })],
  ['a call to a group', ringEvent({ receiver: { uid: 'chess-club', type: 'group' } })],
  ['a meeting', ringEvent({ sessionId: 'chess-club', announcedBy: '90290' })],
  [
    'a call with the largest ids',
    ringEvent({
      sessionId: 's'.repeat(200),
      recipient: 'r'.repeat(100),
      caller: { uid: 'u'.repeat(100), name: '🦊'.repeat(2_000), avatar: 'p'.repeat(3_000) },
      receiver: { uid: 'r'.repeat(100), name: '\u0001'.repeat(2_000), type: 'user' },
      conversationId: 'c'.repeat(255),
      tag: 't'.repeat(100),
    }),
  ],
]

describe.each(calls)('the alert for %s that was missed', (_, event) => {
  it.each([undefined, 'MISSED_CALL'])('rings no phone and contains no null (localisation key: %s)', key => {
    const alert = buildMissedCall(event, RECEIVED_AT, key)
    expect(JSON.stringify(alert)).not.toContain('null')
    const { aps, ...flat } = buildApnsAlert(alert)
    const { data } = buildFcmAlert(alert)
    expect(Object.keys(data).sort()).toEqual(Object.keys(flat).sort())
    for (const values of [flat, data]) {
      expect(values).not.toHaveProperty('callAction')
      expect(values.type).toBe('missed_call')
      expect(Object.values(values).every(value => typeof value === 'string' && value !== '')).toBe(true)
    }
    expect(aps).not.toHaveProperty('content-available')
  })

  it('fits into an APNs push and an FCM message', () => {
    const alert = buildMissedCall(event, RECEIVED_AT, 'MISSED_CALL')
    for (const push of [buildApnsAlert(alert), buildFcmAlert(alert)]) {
      expect(Buffer.byteLength(JSON.stringify(push))).toBeLessThanOrEqual(MAX_PUSH_BYTES)
    }
    expect(buildFcmAlert(alert).data).toMatchObject({
      sessionId: event.sessionId,
      callerUid: event.caller.uid,
      receiver: event.receiver.uid,
      conversationId: event.conversationId,
    })
  })
})

describe('the alerts for 100 random missed calls', () => {
  it('fit into a push and name the caller, cut if necessary', () => {
    const { below, pick } = createRandom(20_261_122)
    const name = () => pick(['a', '🦊', '"', '\\', '\u0001', 'ü']).repeat(1 + below(pick([20, 4_000])))
    for (let round = 0; round < 100; round += 1) {
      const caller = { ...alice, name: name() }
      const alert = buildMissedCall(
        ringEvent({ caller, receiver: { ...bob, name: name(), type: 'user' } }),
        RECEIVED_AT,
        pick(['', 'MISSED_CALL']),
      )
      for (const push of [buildApnsAlert(alert), buildFcmAlert(alert)]) {
        expect(Buffer.byteLength(JSON.stringify(push))).toBeLessThanOrEqual(MAX_PUSH_BYTES)
      }
      const { title } = buildFcmAlert(alert).notification
      expect(caller.name.startsWith(title) && title !== '').toBe(true)
    }
  })
})
