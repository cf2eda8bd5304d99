import { type StartedRedis, startRedis } from '@ringer/fakes'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
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
import { basic, login, openIngress, type StartedIngress, startIngress } from './start-ingress.ts'

let redis: StartedRedis
/** One for all: whatever it is sent, nothing is stored, and it lives. */
let ingress: StartedIngress
beforeAll(async () => {
  redis = await startRedis()
  ingress = await openIngress(redis.url)
})
afterAll(async () => {
  await ingress.close()
  await redis.close()
})

/** Stands for a token or a secret that somebody put where it does not belong. */
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
  ['the end of a session', sessionEnded('call'), ['data.sessionId']],
]

const damages: [string, (webhook: Webhook, path: Path) => Webhook][] = [
  ['missing', withoutField],
  ['null', (webhook, path) => withField(webhook, path, null)],
  ['a number', (webhook, path) => withField(webhook, path, 4_242_424_242)],
  ['a list', (webhook, path) => withField(webhook, path, [HUSH])],
  ['too much', (webhook, path) => withField(webhook, path, HUSH.repeat(30))],
]

const damaged = fields.flatMap(([dialect, webhook, paths]) =>
  paths.flatMap(path =>
    damages
      .filter(([damage]) => damage !== 'too much' || path !== 'trigger')
      .map(([damage, apply]) => ({ dialect, path, damage, body: JSON.stringify(apply(webhook, at(path))) })),
  ),
)

describe('a webhook that lacks what a ring needs', () => {
  it.each(damaged)('is answered 400 by name: $dialect, $path is $damage', async ({ path, body }) => {
    const answer = await ingress.deliver(body)
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_webhook' } } })
    expect(answer.body.error?.message).toContain(path)
    await expectHushed(answer.text)
  })
})

const ring = JSON.stringify(signalledRing())
const nested = (open: string, close: string, times: number) =>
  `{"trigger":"call_initiated","data":${open.repeat(times)}${close.repeat(times)}}`
const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))

const unreadable: [string, string | Buffer, RegExp][] = [
  ['nothing', '', /empty/],
  ['white space', ' \r\n\t', /ends too early/],
  ['a byte order mark', '\ufeff', /ends too early/],
  ['a list', `["${HUSH}"]`, /must be a JSON object/],
  ['a list of webhooks', `[${ring}]`, /must be a JSON object/],
  ['a number', '4242424242', /must be a JSON object/],
  ['a text', `"${HUSH}"`, /must be a JSON object/],
  ['null', 'null', /must be a JSON object/],
  ['true', 'true', /must be a JSON object/],
  ['NaN', 'NaN', /not JSON/],
  ['a bare word', HUSH, /not JSON/],
  ['a comma too many', `{"trigger":"${HUSH}",}`, /not JSON/],
  ['a comma too few', `{"trigger":"${HUSH}" "data":1}`, /unexpected text at character 24/],
  ['single quotes', `{'trigger':'${HUSH}'}`, /not JSON/],
  ['a comment', `{"trigger":"${HUSH}"} // ${HUSH}`, /not JSON/],
  ['two objects', `${ring}${ring}`, /not JSON/],
  ['a line break in a text', `{"trigger":"${HUSH}\n"}`, /not JSON/],
  ['a form', `trigger=call_initiated&token=${HUSH}`, /not JSON/],
  ['XML', `<?xml version="1.0"?><token>${HUSH}</token>`, /not JSON/],
  ['what looks like a message of the parser', `{"a": ${HUSH} at position 4242424242`, /not JSON/],
  ['the same, short enough to be quoted whole', 'x at position 42', /: it ends too early or has/],
  ['the same, as a text', `{"at position 4242424242 ${HUSH}`, /not JSON/],
  ['a false alarm', `{"a": Object contains forbidden prototype property`, /unexpected text|too early/],
  ['NUL bytes', bytes([0, 0, 0, 0]), /not JSON/],
  ['a NUL byte after it', bytes(ring, [0]), /not JSON/],
  ['a NUL byte inside', bytes('{"trigger":"call', [0], 'initiated"}'), /not JSON/],
  ['bytes that no UTF-8 has', bytes(`{"trigger":"${HUSH}`, [0xff, 0xfe], '"}'), /not UTF-8/],
  ['a character cut in half', bytes('{"trigger":"', [0xf0, 0x9f, 0x98], '"}'), /not UTF-8/],
  ['an overlong slash', bytes('{"trigger":"', [0xc0, 0xaf], '"}'), /not UTF-8/],
  ['a surrogate in UTF-8', bytes('{"trigger":"', [0xed, 0xa0, 0x80], '"}'), /not UTF-8/],
  ['UTF-16', Buffer.from(ring, 'utf16le'), /not UTF-8|not JSON/],
  ['gzip', bytes([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0]), /not UTF-8|not JSON/],
  ['100,000 brackets', nested('[', ']', 100_000), /nested deeper than 64/],
  [
    '30,000 objects in one another',
    nested('{"a":', '}', 30_000).replace('{}', '{"a":1}'),
    /nested deeper|not JSON/,
  ],
  ['65 levels', nested('[', ']', 65), /nested deeper than 64/],
  ['100,000 brackets that are never closed', nested('[', '', 100_000), /not JSON/],
  ['__proto__', ring.replace('{', `{"__proto__":{"appId":"${HUSH}"},`), /forbidden key/],
  ['__proto__, escaped', ring.replace('{', '{"\\u005f_proto__":{},'), /forbidden key/],
  ['__proto__, further in', ring.replace('"call":{', '"call":{"__proto__":null,'), /forbidden key/],
  ['constructor.prototype', ring.replace('{', '{"constructor":{"prototype":{}},'), /forbidden key/],
  ['a key twice, the last one wrong', ring.replace(/}$/, `,"trigger":["${HUSH}"]}`), /trigger: /],
  ...[1, 2, 12, 40, 100, 200, 400, ring.length - 40, ring.length - 2, ring.length - 1].map(
    (length): [string, string, RegExp] => [`cut after ${length} bytes`, ring.slice(0, length), /not JSON/],
  ),
]

describe('a body that cannot be read', () => {
  it.each(unreadable)('is answered 400 with what is wrong: %s', async (_, body, message) => {
    const answer = await ingress.deliver(body)
    expect(answer.status).toBe(400)
    expect(answer.body.error?.message).toMatch(message)
    expect(answer.text).not.toMatch(/4242424242|undefined/)
    await expectHushed(answer.text)
  })

  it.each(unreadable)('cannot register a phone either: %s', async (_, body) => {
    const answer = await ingress.register(body)
    expect(answer.status).toBe(400)
    await expectHushed(answer.text)
  })

  it('makes up more than a hundred cases', () => {
    expect(damaged.length + unreadable.length).toBeGreaterThan(100)
  })
})

describe('a body of 5 MB', () => {
  it.each([
    ['with its length declared', {}],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('is answered 413, %s', async (_, headers) => {
    const answer = await ingress.deliver(`{"trigger":"${'x'.repeat(5_000_000)}"}`, {
      headers: { authorization: basic(login), ...headers },
    })
    expect(answer).toMatchObject({ status: 413, body: { error: { code: 'too_large' } } })
    expect(await ingress.listKeys()).toEqual([])
  })
})

describe('a body in chunks', () => {
  it('needs no length', async () => {
    const headers = { authorization: basic(login), 'transfer-encoding': 'chunked' }
    const own = await startIngress(redis.url)
    expect((await own.deliver(ring, { headers })).body).toEqual({ status: 'queued' })
  })
})

describe('an uncommon but valid webhook', () => {
  it.each([
    ['64 levels of something else', ring.replace(/}$/, `,"more":${'['.repeat(62)}${']'.repeat(62)}}`)],
    ['a property called constructor', ring.replace('{', '{"constructor":{"name":"Bob the builder"},')],
    ['the text __proto__', ring.replace('Alice Moreau', '__proto__')],
    ['a key twice, the last one right', ring.replace('{', '{"trigger":7,')],
    ['an escaped NUL in a name', ring.replace('Alice', 'Al\\u0000ce')],
    ['half of a surrogate pair in a name', ring.replace('Alice', 'Al\\ud83dce')],
  ])('is stored: %s', async (_, body) => {
    const own = await startIngress(redis.url)
    expect((await own.deliver(body)).body).toEqual({ status: 'queued' })
  })
})

afterEach(async () => {
  expect((await ingress.deliver(messageSent())).body.status).toBe('ignored')
})

async function expectHushed(answer: string) {
  expect(answer + ingress.log()).not.toContain(HUSH)
  expect(await ingress.listKeys()).toEqual([])
}
