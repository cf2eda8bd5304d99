import { parseIncomingCall } from '@ringer/client'
import { MAX_PUSH_BYTES, parseWebhook } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../payloads/test/random.ts'
import { pathsOf, withField } from '../../../payloads/test/vary.ts'
import {
  initiatorRing,
  meetingAnnounced,
  providerCall,
  providerMeeting,
  receivedRing,
  signalledRing,
  type Webhook,
} from '../../../payloads/test/webhooks.ts'
import { buildApnsRing } from '../../src/apns/payloads/build-ring.ts'

// iOS ends an app that gets a VoIP push and reports no call, and stops delivering to one that does so often. Users choose their own
// names, and may find a way to others of these fields.

const webhooks: (() => Webhook)[] = [
  signalledRing,
  initiatorRing,
  receivedRing,
  () => providerCall('initiated'),
  meetingAnnounced,
  providerMeeting,
]

const hostile: unknown[] = [
  ...[
    '',
    ' ',
    '\u0000',
    '\u202e\u200b',
    '\ud83d',
    '\ufffe',
    '\u212a',
    '__proto__',
    'group',
    'user',
    'initiated',
  ],
  ...[
    '\u0001'.repeat(5_000),
    '😀'.repeat(3_000),
    '"\\'.repeat(3_000),
    'a'.repeat(200),
    'A'.repeat(100),
    '"'.repeat(50),
  ],
  ...[null, true, 0, -1, 7, 1e15, 9.9e15, '0', '9999999999999999', [], {}, ['bob'], { uid: 'bob' }],
]

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

describe('a VoIP push for a webhook with hostile fields', () => {
  it.each([1, 2, 3])('is a call that an iPhone can show (seed %i)', seed => {
    const { below, pick } = createRandom(seed)
    let rings = 0
    for (let round = 0; round < 2_000; round += 1) {
      let webhook = pick(webhooks)()
      for (let number = below(4); number >= 0; number -= 1) {
        const paths = pathsOf(webhook.data).map(path => ['data', ...path])
        webhook = withField(webhook, pick(paths), structuredClone(pick(hostile)))
      }
      const parsed = parseWebhook(JSON.parse(JSON.stringify(webhook)), { ringMeetings: true })
      if (parsed.status !== 'event') continue
      const { event } = parsed
      if (event.kind !== 'ring' && event.kind !== 'group') continue
      rings += 1
      const recipient = event.kind === 'ring' ? event.recipient : 'a-member'
      expect(recipient).not.toBe(event.caller.uid)
      for (const legacyPayload of ['none', 'rings'] as const) {
        const push = buildApnsRing({ ...event, kind: 'ring', recipient }, 1_781_024_001_000, {
          legacyPayload,
        })
        const json = JSON.stringify(push)
        expect(Buffer.byteLength(json)).toBeLessThanOrEqual(MAX_PUSH_BYTES)
        expect(json.isWellFormed()).toBe(true)
        const call = parseIncomingCall(JSON.parse(json))
        expect(call).toMatchObject({ action: 'ring', uuid: push.uuid, sessionId: event.sessionId })
        expect(push.uuid).toMatch(UUID)
        expect(push.callerName.trim()).not.toBe('')
        expect(new Date(push.timestamp).getTime()).toBeGreaterThan(0)
      }
    }
    expect(rings).toBeGreaterThan(100)
  })
})
