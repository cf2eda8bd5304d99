import { MAX_PUSH_BYTES, type RingEvent } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../payloads/test/random.ts'
import { ringEvent } from '../../../payloads/test/ring-events.ts'
import { SENT_AT } from '../../../payloads/test/webhooks.ts'
import { buildApnsRing } from '../../src/apns/payloads/build-ring.ts'
import { buildFcmRing } from '../../src/fcm/payloads/build-ring.ts'
import { buildFcmStop } from '../../src/fcm/payloads/build-stop.ts'
import { buildPayload, MAX_PAYLOAD_BYTES } from '../../src/webpush/payloads/build-payload.ts'
import { browser, ringOf } from './outgoing-push.ts'

type Push = Record<string, unknown>

const stateUrl = `https://ringer.example.com/r/${'x'.repeat(64)}`
const withUrl = (url?: string) => (url === undefined ? undefined : () => url)
const toBrowser = { ...ringOf(browser(1)), receivedAt: SENT_AT }

const builders: [name: string, build: (event: RingEvent, stateUrl?: string) => Push, maxBytes: number][] = [
  ['VoIP push', (event, stateUrl) => ({ ...buildApnsRing(event, SENT_AT, { stateUrl }) }), MAX_PUSH_BYTES],
  [
    'data message',
    (event, stateUrl) => buildFcmRing(event, SENT_AT, 'incoming_call', { stateUrl }),
    MAX_PUSH_BYTES,
  ],
  [
    'stop',
    (event, stateUrl) => buildFcmStop(event, SENT_AT, 'call', 'unanswered', { stateUrl }),
    MAX_PUSH_BYTES,
  ],
  ['web push', (event, url) => buildPayload({ ...toBrowser, event }, withUrl(url)), MAX_PAYLOAD_BYTES],
  [
    'stop by web push',
    (event, url) => buildPayload({ ...toBrowser, event, kind: 'stop', action: 'unanswered' }, withUrl(url)),
    MAX_PAYLOAD_BYTES,
  ],
]

/** The largest ids that a webhook's fields accept: 100 bytes for a uid, 200 for a session, 255 for a conversation. */
const largestIds = {
  sessionId: 's'.repeat(200),
  recipient: 'r'.repeat(100),
  conversationId: 'c'.repeat(255),
  tag: 't'.repeat(100),
}

const letters = {
  plain: 'a',
  umlaut: 'ü',
  emoji: '🦊',
  'combined emoji': '👩‍👩‍👧‍👦',
  'combining marks': 'e\u0301\u0323',
  quotes: '"',
  backslashes: '\\',
  'control characters': '\u0001',
  'line breaks': '\n',
  'half a surrogate pair': '\ud83d',
}

const idKeys = [
  'sessionId',
  'uuid',
  'callUUID',
  'sender',
  'senderUid',
  'callerUid',
  'callerId',
  'handle',
  'receiver',
  'conversationId',
  'tag',
  'sentAt',
]
const nameKeys = ['senderName', 'callerName', 'name', 'receiverName', 'title', 'body']

describe.each(builders)('a %s', (_, build, maxBytes) => {
  it('is unchanged at its largest size and shortened at one byte more', () => {
    const withPicture = (length: number) =>
      ringEvent({ caller: { uid: 'alice', name: 'Alice', avatar: 'p'.repeat(length) } })
    const longest = maxBytes - bytes(build(withPicture(1))) + 1
    expect(build(withPicture(longest))).toMatchObject({ senderAvatar: 'p'.repeat(longest) })
    expect(bytes(build(withPicture(longest)))).toBe(maxBytes)
    expect(build(withPicture(longest + 1))).not.toHaveProperty('senderAvatar')
  })

  it('loses its pictures before a name is cut', () => {
    const event = ringEvent({
      caller: { uid: 'alice', name: 'Alice Moreau', avatar: 'p'.repeat(2_000) },
      receiver: { uid: 'bob', name: 'Bob Okafor', avatar: 'q'.repeat(2_000), type: 'user' },
    })
    const { senderAvatar, receiverAvatar, ...rest } = build(ringEvent())
    expect(build(event)).toEqual(rest)
  })

  it('has its state URL as one key, beside the others', () => {
    const { stateUrl: url, ...rest } = build(ringEvent(), stateUrl)
    expect(url).toBe(stateUrl)
    expect(rest).toEqual(build(ringEvent()))
    expect(JSON.stringify(rest)).not.toContain(stateUrl)
  })

  it('loses its pictures first, then its state URL, and only then letters of a name', () => {
    const named = (length: number, avatar?: string) =>
      ringEvent({ caller: { uid: 'alice', name: 'n'.repeat(length), avatar } })
    const fits = (length: number) => bytes(build(named(length), stateUrl)) <= MAX_PUSH_BYTES
    let longest = 10
    while (longest < MAX_PUSH_BYTES && fits(longest + 1) && 'stateUrl' in build(named(longest + 1), stateUrl))
      longest += 1
    const withPicture = build(named(longest, 'p'.repeat(100)), stateUrl)
    expect(withPicture).toMatchObject({ stateUrl, callerName: 'n'.repeat(longest) })
    expect(withPicture).not.toHaveProperty('senderAvatar')
    const oneMore = build(named(longest + 1, 'p'.repeat(100)), stateUrl)
    expect(oneMore).not.toHaveProperty('stateUrl')
    expect(oneMore).toMatchObject({ callerName: 'n'.repeat(longest + 1) })
  })

  it.each(Object.entries(letters))('is cut at a code point if the names consist of %s', (_, letter) => {
    const event = ringEvent({
      caller: { uid: 'alice', name: letter.repeat(2_000) },
      receiver: { uid: 'bob', name: letter.repeat(1_999), type: 'user' },
      title: letter.repeat(2_001),
      body: letter.repeat(1_998),
    })
    expectFits(build, event, maxBytes)
  })

  it('keeps the largest ids whole when names are cut', () => {
    const event = ringEvent({
      ...largestIds,
      caller: { uid: 'u'.repeat(100), name: '\u0001'.repeat(10_000), avatar: 'p'.repeat(10_000) },
      receiver: { uid: 'r'.repeat(100), name: '\u0001'.repeat(10_000), type: 'group' },
    })
    expectFits(build, event, maxBytes)
    const push = build(event)
    const { recipient, ...ids } = largestIds
    expect(push).toMatchObject({ ...ids, sender: 'u'.repeat(100), receiver: recipient })
    expect(String(push.callerName).length).toBeGreaterThan(20)
  })

  it('keeps the largest ids whole when every character needs an escape', () => {
    const escaped = (bytes: number) => '\u0001'.repeat(Math.floor(bytes / 6))
    const event = ringEvent({
      sessionId: escaped(200),
      recipient: escaped(100),
      caller: { uid: escaped(100) },
      receiver: { uid: escaped(100), type: 'user' },
      conversationId: escaped(255),
      tag: undefined,
    })
    expectFits(build, event, maxBytes)
  })

  it('always fits: 100 random calls', () => {
    const { below, pick } = createRandom(20_260_609)
    const word = (longest: number) =>
      Array.from({ length: below(longest) }, () => pick(Object.values(letters))).join('')
    for (let round = 0; round < 100; round += 1) {
      const caller = {
        uid: `u${below(1e9)}`,
        name: word(pick([5, 300, 3_000])),
        avatar: word(pick([1, 400, 900])),
      }
      const receiver = {
        uid: `r${below(1e9)}`,
        name: word(pick([5, 300, 3_000])),
        type: pick(['user', 'group'] as const),
      }
      const event = ringEvent({
        caller,
        receiver,
        callType: pick(['audio', 'video'] as const),
        title: word(40),
      })
      expectFits(build, event, maxBytes)
      expect(bytes(build(event, stateUrl))).toBeLessThanOrEqual(maxBytes)
    }
  })
})

describe('an event with ids that are too large for any push', () => {
  it.each(builders)('is rejected, because ids are never cut: %s', (_, build) => {
    expect(() => build(ringEvent({ sessionId: 's'.repeat(4_000) }))).toThrow(RangeError)
  })
})

/** Expects a push that fits, in which only pictures and names were shortened, and no more than necessary. */
function expectFits(build: (event: RingEvent) => Push, event: RingEvent, maxBytes: number) {
  const push = build(event)
  expect(bytes(push)).toBeLessThanOrEqual(maxBytes)
  expect(Object.values(push)).not.toContain(null)
  const short = build({
    ...event,
    caller: { uid: event.caller.uid },
    receiver: { ...event.receiver, name: undefined },
  })
  for (const key of idKeys) expect(push[key], key).toBe(short[key])

  const uncut: Push = {
    receiverName: event.receiver.name ?? event.receiver.uid,
    title: event.title ?? event.caller.name ?? event.caller.uid,
    body: event.body ?? push.body,
  }
  for (const key of ['senderName', 'callerName', 'name']) uncut[key] = event.caller.name ?? event.caller.uid
  const cutShort = nameKeys.filter(key => push[key] !== uncut[key])
  for (const key of cutShort) expectCutAtCodePoint(String(push[key]), String(uncut[key]))
  if (cutShort.length === 0) return
  expect(push).not.toHaveProperty('senderAvatar')
  expect(push).not.toHaveProperty('receiverAvatar')
  expect(bytes(push), 'cut no more than necessary').toBeGreaterThan(maxBytes - 100)
}

function expectCutAtCodePoint(cut: string, whole: string) {
  expect(Array.from(whole).slice(0, Array.from(cut).length).join('')).toBe(cut)
}

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value))
