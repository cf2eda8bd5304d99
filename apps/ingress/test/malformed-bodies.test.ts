import { describe, expect } from 'vitest'
import { type Path, withField, withoutField } from '../../../packages/payloads/test/vary.ts'
import {
  initiatorRing,
  messageSent,
  participantJoined,
  providerCall,
  receivedRing,
  sessionEnded,
  signalledEnd,
  signalledRing,
  type Webhook,
} from '../../../packages/payloads/test/webhooks.ts'
import { basic, it as ingressIt, login, openIngress, type StartedIngress } from './start-ingress.ts'

/** The tests share an ingress: whatever they send, it stores nothing and keeps running. */
const it = ingressIt.extend('sharedIngress', { scope: 'file' }, async ({ redis }, { onCleanup }) => {
  const ingress = await openIngress(redis.url)
  onCleanup(ingress.close)
  return ingress
})

/** Represents a token or a secret in a place where it does not belong; it must not appear in answers or logs. */
const HUSH = 'hush9d1f0c'

const at = (path: string): Path => path.split('.')
const onEntity = 'data.call.data.entities.on.entity'
const details = 'data.notificationDetails'

const fields: [string, Webhook, string[]][] = [
  [
    'a signalled ring',
    signalledRing(),
    ['trigger', 'data', 'data.call', 'data.call.type', 'data.call.receiverType', `${onEntity}.sessionid`],
  ],
  ['an end', signalledEnd('cancelled', { entities: 'none' }), ['data.call', 'data.call.conversationId']],
  [
    'a flat ring',
    initiatorRing(),
    ['data.sessionId', 'data.type', 'data.initiator.uid', 'data.receiver.uid'],
  ],
  ['call.received', receivedRing(), ['data.sessionId', 'data.sender.uid', 'data.receiver']],
  [
    'the custom provider',
    providerCall('initiated'),
    ['data.to.uid', `${details}.sessionId`, `${details}.sender`, `${details}.callType`],
  ],
  ['a participant', participantJoined('call', { who: { uid: 'bob' } }), ['data.sessionId']],
  ['a session that ended', sessionEnded('call'), ['data.sessionId']],
]

const damages: [string, (webhook: Webhook, path: Path) => Webhook][] = [
  ['missing', withoutField],
  ['null', (webhook, path) => withField(webhook, path, null)],
  ['a number', (webhook, path) => withField(webhook, path, 4_242_424_242)],
  ['a list', (webhook, path) => withField(webhook, path, [HUSH])],
  ['too long', (webhook, path) => withField(webhook, path, HUSH.repeat(30))],
]

const damaged = fields.flatMap(([dialect, webhook, paths]) =>
  paths.flatMap(path =>
    damages
      .filter(([damage]) => damage !== 'too long' || path !== 'trigger')
      .map(([damage, apply]) => ({ dialect, path, damage, body: JSON.stringify(apply(webhook, at(path))) })),
  ),
)

describe('a webhook that lacks a field that a ring needs', () => {
  it.for(damaged)(
    'is answered 400 with the name of the field: $dialect, $path is $damage',
    async ({ path, body }, { sharedIngress: ingress }) => {
      const answer = await ingress.deliver(body)
      expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_webhook' } } })
      expect(answer.body.error?.message).toContain(path)
      await expectNothingLeaked(ingress, answer.text)
    },
  )
})

const ring = JSON.stringify(signalledRing())
const nested = (open: string, close: string, times: number) =>
  `{"trigger":"call_initiated","data":${open.repeat(times)}${close.repeat(times)}}`
const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))

const unreadable: [string, string | Buffer, RegExp][] = [
  ['nothing', '', /empty/],
  ['only white space', ' \r\n\t', /ends too early/],
  ['a byte order mark', '\ufeff', /ends too early/],
  ['a list', `["${HUSH}"]`, /must be a JSON object/],
  ['a list of webhooks', `[${ring}]`, /must be a JSON object/],
  ['a number', '4242424242', /must be a JSON object/],
  ['a string', `"${HUSH}"`, /must be a JSON object/],
  ['null', 'null', /must be a JSON object/],
  ['true', 'true', /must be a JSON object/],
  ['NaN', 'NaN', /not JSON/],
  ['a bare word', HUSH, /not JSON/],
  ['one comma too many', `{"trigger":"${HUSH}",}`, /not JSON/],
  ['a missing comma', `{"trigger":"${HUSH}" "data":1}`, /unexpected text at character 24/],
  ['single quotes', `{'trigger':'${HUSH}'}`, /not JSON/],
  ['a comment', `{"trigger":"${HUSH}"} // ${HUSH}`, /not JSON/],
  ['two objects', `${ring}${ring}`, /not JSON/],
  ['a line break in a string', `{"trigger":"${HUSH}\n"}`, /not JSON/],
  ['a form', `trigger=call_initiated&token=${HUSH}`, /not JSON/],
  ['XML', `<?xml version="1.0"?><token>${HUSH}</token>`, /not JSON/],
  ['text that looks like an error message of the parser', `{"a": ${HUSH} at position 4242424242`, /not JSON/],
  ['such text, short enough to be quoted completely', 'x at position 42', /: it ends too early or has/],
  ['such text in a string', `{"at position 4242424242 ${HUSH}`, /not JSON/],
  [
    'text that looks like the error for a forbidden key',
    `{"a": Object contains forbidden prototype property`,
    /unexpected text|too early/,
  ],
  ['NUL bytes', bytes([0, 0, 0, 0]), /not JSON/],
  ['a webhook with a NUL byte after it', bytes(ring, [0]), /not JSON/],
  ['a webhook with a NUL byte inside', bytes('{"trigger":"call', [0], 'initiated"}'), /not JSON/],
  ['bytes that never occur in UTF-8', bytes(`{"trigger":"${HUSH}`, [0xff, 0xfe], '"}'), /not UTF-8/],
  ['a character cut in half', bytes('{"trigger":"', [0xf0, 0x9f, 0x98], '"}'), /not UTF-8/],
  ['an overlong slash', bytes('{"trigger":"', [0xc0, 0xaf], '"}'), /not UTF-8/],
  ['a surrogate in UTF-8', bytes('{"trigger":"', [0xed, 0xa0, 0x80], '"}'), /not UTF-8/],
  ['UTF-16', Buffer.from(ring, 'utf16le'), /not UTF-8|not JSON/],
  ['gzip', bytes([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0]), /not UTF-8|not JSON/],
  ['100,000 brackets', nested('[', ']', 100_000), /nested deeper than 64/],
  ['30,000 nested objects', nested('{"a":', '}', 30_000).replace('{}', '{"a":1}'), /nested deeper|not JSON/],
  ['65 levels of nesting', nested('[', ']', 65), /nested deeper than 64/],
  ['100,000 brackets that are never closed', nested('[', '', 100_000), /not JSON/],
  ['__proto__', ring.replace('{', `{"__proto__":{"appId":"${HUSH}"},`), /forbidden key/],
  ['__proto__, escaped', ring.replace('{', '{"\\u005f_proto__":{},'), /forbidden key/],
  ['__proto__, nested', ring.replace('"call":{', '"call":{"__proto__":null,'), /forbidden key/],
  ['constructor.prototype', ring.replace('{', '{"constructor":{"prototype":{}},'), /forbidden key/],
  ['a key twice, the last value wrong', ring.replace(/}$/, `,"trigger":["${HUSH}"]}`), /trigger: /],
  ...[1, 2, 12, 40, 100, 200, 400, ring.length - 40, ring.length - 2, ring.length - 1].map(
    (length): [string, string, RegExp] => [
      `a webhook cut after ${length} bytes`,
      ring.slice(0, length),
      /not JSON/,
    ],
  ),
]

describe('a body that cannot be parsed', () => {
  it.for(unreadable)(
    'is answered 400 with the reason: %s',
    async ([_, body, message], { sharedIngress: ingress }) => {
      const answer = await ingress.deliver(body)
      expect(answer.status).toBe(400)
      expect(answer.body.error?.message).toMatch(message)
      expect(answer.text).not.toMatch(/4242424242|undefined/)
      await expectNothingLeaked(ingress, answer.text)
    },
  )

  it.for(unreadable)(
    'does not register a phone either: %s',
    async ([_, body], { sharedIngress: ingress }) => {
      const answer = await ingress.register(body)
      expect(answer.status).toBe(body.length > 16 * 1024 ? 413 : 400)
      await expectNothingLeaked(ingress, answer.text)
    },
  )
})

it('has more than a hundred kinds of malformed bodies to test with', () => {
  expect(damaged.length + unreadable.length).toBeGreaterThan(100)
})

describe('a body of 5 MB', () => {
  it.for([
    ['with a content-length', {}],
    ['chunked', { 'transfer-encoding': 'chunked' }],
  ] as const)('is answered 413, %s', async ([_, headers], { sharedIngress: ingress }) => {
    const answer = await ingress.deliver(`{"trigger":"${'x'.repeat(5_000_000)}"}`, {
      headers: { authorization: basic(login), ...headers },
    })
    expect(answer).toMatchObject({ status: 413, body: { error: { code: 'too_large' } } })
    expect(await ingress.listKeys()).toEqual([])
  })
})

describe('a chunked body', () => {
  it('is accepted without a content-length', async ({ ingress }) => {
    const headers = { authorization: basic(login), 'transfer-encoding': 'chunked' }
    expect((await ingress.deliver(ring, { headers })).body).toEqual({ status: 'queued' })
  })
})

describe('an uncommon but valid webhook', () => {
  it.for([
    ['64 levels of nesting', ring.replace(/}$/, `,"more":${'['.repeat(62)}${']'.repeat(62)}}`)],
    ['a property called constructor', ring.replace('{', '{"constructor":{"name":"Bob the builder"},')],
    ['the string __proto__ as a value', ring.replace('Alice Moreau', '__proto__')],
    ['a key twice, the last value right', ring.replace('{', '{"trigger":7,')],
    ['an escaped NUL in a name', ring.replace('Alice', 'Al\\u0000ce')],
    ['half a surrogate pair in a name', ring.replace('Alice', 'Al\\ud83dce')],
  ])('is stored: %s', async ([_, body], { ingress }) => {
    expect((await ingress.deliver(body)).body).toEqual({ status: 'queued' })
  })
})

it.afterEach(async ({ sharedIngress: ingress }) => {
  expect((await ingress.deliver(messageSent())).body.status).toBe('ignored')
})

async function expectNothingLeaked(ingress: StartedIngress, answer: string) {
  expect(answer + ingress.log()).not.toContain(HUSH)
  expect(await ingress.listKeys()).toEqual([])
}
