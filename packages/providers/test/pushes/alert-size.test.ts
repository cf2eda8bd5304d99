import { type Alert, MAX_PUSH_BYTES } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../payloads/test/random.ts'
import { buildApnsAlert } from '../../src/apns/payloads/build-alert.ts'
import { buildFcmAlert } from '../../src/fcm/payloads/build-alert.ts'

/** What a push shows and what the app reads, in the same terms for both providers. */
interface ShownAlert {
  title: string
  body: string
  args: string[]
  data: Record<string, unknown>
  bytes: number
}

const builders: [string, (alert: Alert) => ShownAlert][] = [
  [
    'APNs alert push',
    alert => {
      const push = buildApnsAlert(alert)
      const { aps, ...data } = push
      const { title, body } = aps.alert
      return { title, body, args: aps.alert['loc-args'] ?? [], data, bytes: bytes(push) }
    },
  ],
  [
    'FCM alert push',
    alert => {
      const push = buildFcmAlert(alert)
      const args = push.androidNotification.bodyLocArgs ?? []
      return { ...push.notification, args, data: push.data, bytes: bytes(push) }
    },
  ],
]

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
}

/** The largest ids that a webhook's fields accept, in bytes of JSON. */
const ids = {
  sender: 's'.repeat(100),
  receiver: 'r'.repeat(100),
  conversationId: 'c'.repeat(255),
  tag: 't'.repeat(100),
}
const pictures = { senderAvatar: 'https://p.example.com/a', receiverAvatar: 'https://p.example.com/b' }
const textKeys = ['title', 'body', 'senderName', 'receiverName']
const SHORTEST_TEXT = 40

const alertOf = ({ data, ...more }: Partial<Alert> = {}): Alert => ({
  title: 'Alice Moreau',
  body: 'Are you there?',
  thread: ids.conversationId,
  collapse: ids.tag,
  data: { type: 'chat', ...ids, ...pictures, ...data },
  custom: { theme: 'dark' },
  message: { id: '90288' },
  ...more,
})

describe.each(builders)('an %s', (_, build) => {
  /** Builds the longest alert that fits and one that is one letter longer. */
  const atTheLimit = (make: (length: number) => Alert) => {
    const longest = MAX_PUSH_BYTES - build(make(0)).bytes
    return [build(make(longest)), build(make(longest + 1))] as const
  }

  it('is unchanged at 4,096 bytes and loses the message at one byte more', () => {
    const [whole, less] = atTheLimit(length => alertOf({ message: 'm'.repeat(length) }))
    expect(whole.bytes).toBe(MAX_PUSH_BYTES)
    expect(whole.data).toHaveProperty('message')
    expect(less.data).not.toHaveProperty('message')
    expect(less.data).toMatchObject({ ...ids, ...pictures, custom: expect.anything() })
  })

  it('loses all of its pictures after the message, and nothing else', () => {
    const [whole, less] = atTheLimit(length =>
      alertOf({ data: { senderAvatar: 'p'.repeat(length) }, message: undefined }),
    )
    expect(whole.bytes).toBe(MAX_PUSH_BYTES)
    expect(whole.data).toHaveProperty('senderAvatar')
    expect(less.data).not.toHaveProperty('senderAvatar')
    expect(less.data).not.toHaveProperty('receiverAvatar')
    expect(less).toMatchObject({ title: 'Alice Moreau', body: 'Are you there?' })
    expect(less.data).toMatchObject({ ...ids, custom: expect.anything() })
  })

  it('has its texts cut after the pictures are gone, but keeps the app’s own JSON', () => {
    const built = build(alertOf({ body: 'b'.repeat(4_000), data: { body: 'b'.repeat(4_000) } }))
    expect(built.bytes).toBeLessThanOrEqual(MAX_PUSH_BYTES)
    expect(built.bytes).toBeGreaterThan(MAX_PUSH_BYTES - 10)
    expect(built.data).toMatchObject({ ...ids, body: built.body, custom: expect.anything() })
    expect(built.title).toBe('Alice Moreau')
    expect(built.body).toMatch(/^b{500,}$/)
  })

  // A notification with neither title nor body is not shown at all.
  it('loses the app’s own JSON before its texts become too short', () => {
    const body = 'Are you there, or shall I call you again in the evening?'
    const [whole, less] = atTheLimit(length =>
      alertOf({
        body: body.slice(0, SHORTEST_TEXT),
        custom: 'c'.repeat(length),
        message: undefined,
        data: noPictures,
      }),
    )
    expect(whole).toMatchObject({ bytes: MAX_PUSH_BYTES, body: body.slice(0, SHORTEST_TEXT) })
    expect(less.data).not.toHaveProperty('custom')
    expect(less).toMatchObject({ title: 'Alice Moreau', body: body.slice(0, SHORTEST_TEXT) })
    const long = build(alertOf({ body, custom: 'c'.repeat(4_000), data: noPictures }))
    expect(long.data).not.toHaveProperty('custom')
    expect(long.body).toBe(body)
  })

  it.each(Object.entries(letters))('is cut at a code point if the texts consist of %s', (_, letter) => {
    expectFits(build, texts(letter.repeat(3_000), letter.repeat(2_999)))
  })

  it('keeps the largest ids whole when texts are cut, even if every character needs an escape', () => {
    const escaped = (size: number) => '\u0001'.repeat(Math.floor(size / 6))
    const data = {
      sender: escaped(100),
      receiver: escaped(100),
      conversationId: escaped(255),
      tag: escaped(100),
    }
    const alert = alertOf({
      ...texts('\u0001'.repeat(9_000), '\u0001'.repeat(9_000)),
      thread: data.conversationId,
    })
    const built = build({ ...alert, data: { ...alert.data, ...data }, collapse: data.tag })
    expect(built.bytes).toBeLessThanOrEqual(MAX_PUSH_BYTES)
    expect(built.data).toMatchObject(data)
    expect(built.body.length).toBeGreaterThan(20)
  })

  it('has the arguments of a localised text cut, but not its key', () => {
    const name = '🦊'.repeat(3_000)
    const built = build(
      alertOf({ title: name, localisedBody: { key: 'K'.repeat(100), args: [name, 'twice'] } }),
    )
    expect(built.bytes).toBeLessThanOrEqual(MAX_PUSH_BYTES)
    expect(built.args[0]).toMatch(/^(🦊)+$/u)
    expect(built.args).toEqual([built.title, 'twice'])
  })

  it('fits even if its body is as large as a webhook may be', () => {
    expectFits(build, texts('🦊'.repeat(60_000), 'x'.repeat(250_000)))
  })

  it('always fits: 200 random alerts', () => {
    const { below, pick } = createRandom(20_260_609)
    const word = (longest: number) =>
      Array.from({ length: below(longest) }, () => pick(Object.values(letters))).join('')
    const json = (depth: number): unknown => {
      const kind =
        depth === 0 ? pick(['text', 'number'] as const) : pick(['text', 'number', 'list', 'object'] as const)
      if (kind === 'text') return word(pick([5, 60, 900]))
      if (kind === 'number') return below(1e9)
      if (kind === 'list') return Array.from({ length: below(5) }, () => json(depth - 1))
      return Object.fromEntries(Array.from({ length: below(5) }, () => [word(9), json(depth - 1)]))
    }
    for (let round = 0; round < 200; round += 1) {
      const alert = texts(word(pick([5, 300, 3_000])) || 'x', word(pick([5, 300, 3_000])))
      const { custom, message, ...rest } = alert
      expectFits(build, {
        ...rest,
        badge: below(2_000_000),
        ...(below(2) && { custom: json(4) }),
        ...(below(2) && { message: json(4) }),
      })
    }
  })

  it('is rejected if its ids alone are too large, because ids are never cut', () => {
    expect(() => build(alertOf({ data: { conversationId: 'c'.repeat(4_000) } }))).toThrow(RangeError)
  })
})

const noPictures = { senderAvatar: undefined, receiverAvatar: undefined } as unknown as Record<string, string>

/** An alert with these texts in every place. */
const texts = (one: string, other: string): Alert =>
  alertOf({
    title: one,
    body: other,
    localisedBody: { key: 'MISSED_CALL', args: [one] },
    data: { title: one, body: other, senderName: one, receiverName: other },
  })

function expectFits(build: (alert: Alert) => ShownAlert, alert: Alert) {
  const built = build(alert)
  expect(built.bytes).toBeLessThanOrEqual(MAX_PUSH_BYTES)
  expect(built.data).toMatchObject({ type: 'chat', ...ids })

  const shown: [string, string][] = [
    [built.title, alert.title],
    [built.body, alert.body],
    ...built.args.map((arg, index): [string, string] => [arg, alert.localisedBody?.args[index] ?? '']),
    ...textKeys.flatMap((key): [string, string][] =>
      alert.data[key] === undefined ? [] : [[String(built.data[key]), alert.data[key]]],
    ),
  ]
  const cut = shown.filter(([text, whole]) => text !== whole)
  for (const [text, whole] of cut) {
    expect(whole.startsWith(text)).toBe(true)
    expect(text.isWellFormed()).toBe(whole.slice(0, text.length).isWellFormed())
    expect(text.isWellFormed()).toBe(true)
  }
  expectOrder(
    built,
    alert,
    cut.map(([text]) => Array.from(text).length),
  )
}

/** Expects parts to be left out in the right order, and no more of them than necessary. */
function expectOrder(built: ShownAlert, alert: Alert, cutTo: number[]) {
  const left = (key: string) => built.data[key] !== undefined
  const isCut = cutTo.length > 0
  const withoutCustom = alert.custom !== undefined && !left('custom')
  if (alert.message !== undefined && left('message')) expect(left('senderAvatar')).toBe(true)
  if (isCut || withoutCustom) {
    expect([left('message'), left('senderAvatar'), left('receiverAvatar')]).toEqual([false, false, false])
  }
  if (isCut) expect(built.bytes, 'cut no more than necessary').toBeGreaterThan(MAX_PUSH_BYTES - 200)
  if (isCut && !withoutCustom && alert.custom !== undefined) {
    expect(Math.min(...cutTo)).toBeGreaterThanOrEqual(SHORTEST_TEXT)
  }
}

function bytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
