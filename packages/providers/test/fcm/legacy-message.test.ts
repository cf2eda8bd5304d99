import { MAX_PUSH_BYTES, parseWebhook, type RingEvent } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { ringEvent } from '../../../payloads/test/ring-events.ts'
import { alice, chess, SENT_AT, signalledRing, type Webhook } from '../../../payloads/test/webhooks.ts'
import { buildApnsRing } from '../../src/apns/payloads/build-ring.ts'
import { buildFcmRing } from '../../src/fcm/payloads/build-ring.ts'

const messageOf = (event: RingEvent) => buildApnsRing(event, SENT_AT, { legacyPayload: 'rings' }).message
const asWebhook = (call: unknown): Webhook => ({ trigger: 'call_initiated', data: { call } })

describe('the raw call message for older samples', () => {
  it('has only values from the webhook, and is parsed as the same call', () => {
    const webhook = signalledRing({ callType: 'audio' })
    const parsed = parseWebhook(webhook)
    if (parsed.status !== 'event' || parsed.event.kind !== 'ring') throw new Error('expected a ring event')
    const message = messageOf(parsed.event)
    expect(webhook.data.call).toMatchObject({ ...message })
    expect(parseWebhook(asWebhook(message))).toMatchObject({ status: 'event', event: parsed.event })
  })

  it('names a group by its guid', () => {
    const event = ringEvent({
      receiver: { ...chess, avatar: 'https://pictures.example.com/c.webp', type: 'group' },
    })
    expect(messageOf(event)).toMatchObject({
      receiverType: 'group',
      data: {
        entities: {
          for: {
            entity: { guid: 'chess-club', name: 'Chess club', icon: 'https://pictures.example.com/c.webp' },
          },
        },
      },
    })
  })

  it('has a number as its id, which the SDKs require', () => {
    expect(messageOf(ringEvent({ tag: '90311' }))?.id).toBe('90311')
    expect(messageOf(ringEvent({ tag: undefined }))?.id).toBe('0')
  })

  it('is an object for an iPhone, and text with an alert key for Android', () => {
    const data = buildFcmRing(ringEvent(), SENT_AT, 'call', { legacyPayload: 'all' })
    expect(JSON.parse(data.message ?? '')).toEqual(messageOf(ringEvent()))
    expect(data.alert).toBe('Incoming video call from Alice Moreau')
  })

  it('is not sent unless the setting asks for it', () => {
    expect(buildApnsRing(ringEvent(), SENT_AT)).not.toHaveProperty('message')
    expect(Object.keys(buildFcmRing(ringEvent(), SENT_AT, 'call'))).not.toContain('message')
  })
})

const builders: [string, (event: RingEvent) => { message?: unknown; senderName?: unknown }][] = [
  ['a VoIP push', event => buildApnsRing(event, SENT_AT, { legacyPayload: 'rings' })],
  ['a data message', event => buildFcmRing(event, SENT_AT, 'call', { legacyPayload: 'rings' })],
]

describe.each(builders)('%s with the raw message', (_, build) => {
  it('loses its pictures before the message', () => {
    const push = build(ringEvent({ caller: { ...alice, avatar: 'p'.repeat(1_500) } }))
    expect(push).toMatchObject({ senderName: 'Alice Moreau', message: expect.anything() })
    expect(JSON.stringify(push)).not.toContain('ppp')
    expectToFit(push)
  })

  it('has its names cut, also in the message, before it loses the message', () => {
    const push = build(ringEvent({ caller: { ...alice, name: '🦊'.repeat(3_000) } }))
    const message = typeof push.message === 'string' ? JSON.parse(push.message) : push.message
    expect(message.data.entities.by.entity.name).toBe(push.senderName)
    expect(String(push.senderName).length).toBeGreaterThan(40)
    expectToFit(push)
  })

  it('keeps everything else whole if the ids leave no room for the message', () => {
    const event = ringEvent({
      sessionId: '"'.repeat(100),
      recipient: '"'.repeat(50),
      caller: { uid: '"'.repeat(50), name: 'Alice Moreau' },
      receiver: { uid: '"'.repeat(50), name: 'Bob Okafor', type: 'user' },
      conversationId: '"'.repeat(127),
      tag: '"'.repeat(50),
    })
    const push = build(event)
    expect(push).not.toHaveProperty('message')
    expect(push).toMatchObject({ senderName: 'Alice Moreau', receiverName: 'Bob Okafor' })
    expectToFit(push)
  })
})

const expectToFit = (push: unknown) =>
  expect(Buffer.byteLength(JSON.stringify(push))).toBeLessThanOrEqual(MAX_PUSH_BYTES)
