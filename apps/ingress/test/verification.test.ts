import { type StartedRedis, startRedis } from '@ringer/fakes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { providerCall, signalledRing } from '../../../packages/payloads/test/webhooks.ts'
import type { Answer, Sending } from './send.ts'
import {
  basic,
  both,
  login,
  onlyBasic,
  onlySecret,
  openIngress,
  previousLogin,
  previousSecret,
  type StartedIngress,
  secret,
  sign,
  startIngress,
} from './start-ingress.ts'

type Headers = Exclude<Sending['headers'], undefined>

let redis: StartedRedis
beforeAll(async () => {
  redis = await startRedis()
})

const webhook = JSON.stringify(signalledRing())
const signed = (signature: string | string[]): Headers => ({ 'x-cometchat-signature': signature })
const authorized = (authorization: string | string[]): Headers => ({ authorization })
const good = basic(login)
const sealed = sign(webhook)
const credentials = { 'Basic alone': onlyBasic, 'a secret alone': onlySecret, both }

type Configured = keyof typeof credentials
const all: Configured[] = ['Basic alone', 'a secret alone', 'both']

describe.each<[Configured, Headers, string]>([
  ['Basic alone', authorized(good), 'Basic'],
  ['Basic alone', authorized(basic(login, 'basic')), 'the scheme in lower case'],
  ['Basic alone', authorized(basic(login, 'BASIC')), 'the scheme in upper case'],
  ['Basic alone', authorized(good.replace(' ', '   ')), 'more spaces than one'],
  ['Basic alone', authorized(good.replace(/=+$/, '')), 'base64 without its padding'],
  ['Basic alone', { ...authorized(good), ...signed('0'.repeat(64)) }, 'a signature that nobody can check'],
  ['a secret alone', signed(sealed), 'the signature'],
  ['a secret alone', signed(`sha256=${sealed}`), 'the signature after sha256='],
  ['a secret alone', signed(`SHA256=${sealed}`), 'the signature after SHA256='],
  ['a secret alone', signed(sealed.toUpperCase()), 'the signature in upper-case hex'],
  ['a secret alone', { ...signed(sealed), ...authorized('Bearer x') }, 'a login that nobody can check'],
  ['both', authorized(good), 'Basic'],
  ['both', signed(sealed), 'the signature'],
  ['both', { ...signed(sealed), ...authorized(good) }, 'Basic and the signature'],
  ['both', authorized(basic(previousLogin)), 'the previous password'],
  ['both', signed(sign(webhook, previousSecret)), 'a signature by the previous secret'],
  ['both', { ...signed(sealed), ...authorized(basic(previousLogin)) }, 'the new secret and the old password'],
])('with %s configured', (configured, headers, what) => {
  it(`takes a webhook with ${what}`, async () => {
    const ingress = await startIngress(redis.url, { app: { credentials: credentials[configured] } })
    expect(await ingress.deliver(webhook, { headers })).toMatchObject({
      status: 200,
      body: { status: 'queued' },
    })
  })
})

const wrongLogins: [string, string | string[]][] = [
  ['another password', basic({ ...login, password: 'OpenSesame43' })],
  ['a password one byte longer', basic({ ...login, password: `${login.password}x` })],
  ['a password one byte shorter', basic({ ...login, password: login.password.slice(0, -1) })],
  ['a password in another case', basic({ ...login, password: login.password.toLowerCase() })],
  ['another user', basic({ ...login, username: 'comet' })],
  ['the colon elsewhere', basic({ username: 'cometcha', password: `t${login.password}` })],
  ['no password', basic({ ...login, password: '' })],
  ['nothing but a colon', basic({ username: '', password: '' })],
  ['an empty header', ''],
  ['no credentials', 'Basic'],
  ['no credentials but a space', 'Basic '],
  ['plain text', `Basic ${login.username}:${login.password}`],
  ['no scheme', good.slice('Basic '.length)],
  ['another scheme', good.replace('Basic', 'Bearer')],
  ['the scheme run into the credentials', good.replace(' ', '')],
  ['something after the credentials', `${good} ${good}`],
  ['two headers, the first right', [good, basic({ ...login, password: 'x' })]],
  ['two headers, the second right', [basic({ ...login, password: 'x' }), good]],
]

const wrongSignatures: [string, string | string[]][] = [
  ['of another secret', sign(webhook, 'another-secret')],
  ['of an empty secret', sign(webhook, '')],
  ['of a body changed by a byte', sign(webhook.replace('alice', 'alicf'))],
  ['of the body serialised again', sign(JSON.stringify(JSON.parse(webhook), null, 1))],
  ['of nothing', sign('')],
  ['with its first digit changed', (sealed.startsWith('0') ? '1' : '0') + sealed.slice(1)],
  ['with its last digit changed', sealed.slice(0, -1) + (sealed.endsWith('0') ? '1' : '0')],
  ['cut', sealed.slice(0, -2)],
  ['too long', `${sealed}00`],
  ['that is not hex', `${sealed.slice(0, -1)}g`],
  ['in base64', Buffer.from(sealed, 'hex').toString('base64')],
  ['of another algorithm', `sha1=${sealed}`],
  ['with sha256= twice', `sha256=sha256=${sealed}`],
  ['with sha256= and nothing', 'sha256='],
  ['that is empty', ''],
  ['sent twice', [sealed, sealed]],
  ['sent twice, once wrong', ['0'.repeat(64), sealed]],
]

/** Ingresses that take nothing from anybody, so that one of a kind does for all. */
const refusing = new Map<Configured, StartedIngress>()
beforeAll(async () => {
  for (const configured of all) {
    refusing.set(configured, await openIngress(redis.url, { app: { credentials: credentials[configured] } }))
  }
})
afterAll(async () => {
  for (const ingress of refusing.values()) await ingress.close()
  await redis.close()
})

describe.each<[string, Configured[], Headers]>([
  ['no credentials at all', all, {}],
  ['a signature, where Basic is wanted', ['Basic alone'], signed(sealed)],
  ['Basic, where a signature is wanted', ['a secret alone'], authorized(good)],
  [
    'a right signature beside a wrong login',
    ['both'],
    { ...signed(sealed), ...authorized(basic({ ...login, password: 'x' })) },
  ],
  ['a right login beside a wrong signature', ['both'], { ...signed('0'.repeat(64)), ...authorized(good) }],
  ['a right login beside a malformed signature', ['both'], { ...signed('nonsense'), ...authorized(good) }],
  ...wrongLogins.map(([what, value]): [string, Configured[], Headers] => [
    `a login that is wrong: ${what}`,
    ['Basic alone', 'both'],
    authorized(value),
  ]),
  ...wrongSignatures.map(([what, value]): [string, Configured[], Headers] => [
    `a signature ${what}`,
    ['a secret alone', 'both'],
    signed(value),
  ]),
])('a webhook with %s', (_, configurations, headers) => {
  it.each(configurations)(
    'is answered 401 and leaves nothing behind, with %s configured',
    async configured => {
      const ingress = refusing.get(configured)
      if (!ingress) return expect.unreachable()
      expectRefusal(await ingress.deliver(webhook, { headers }))
      // What is not JSON, not even text, is refused alike: nothing looked at it.
      expectRefusal(await ingress.deliver('{', { headers: { ...headers, 'content-type': 'text/plain' } }))
      expect(await ingress.listKeys()).toEqual([])
      expect(ingress.log()).not.toMatch(/Sesame|alice|bob/)
    },
  )
})

describe('with nothing configured', () => {
  it.each([
    ['no credentials', {}],
    ['an empty login', authorized(basic({ username: '', password: '' }))],
    ['a signature by an empty secret', signed(sign(webhook, ''))],
  ])('nothing passes: %s', async (_, headers) => {
    const ingress = await startIngress(redis.url, { app: { credentials: { logins: [], secrets: [] } } })
    expectRefusal(await ingress.deliver(webhook, { headers }))
  })
})

describe('the signature', () => {
  it.each([
    [
      'emoji and every script',
      JSON.stringify(signalledRing({ caller: { uid: 'alice', name: '😎 Ålice Ω 李 \u202eكر' } })),
    ],
    ['odd white space', `\r\n\t ${JSON.stringify(signalledRing(), null, '\t ')} \n\n`],
    ['escapes that nobody needs', webhook.replace('alice', '\\u0061lice')],
    ['a byte order mark', `\ufeff${webhook}`],
    ['keys in another order', JSON.stringify(Object.fromEntries(Object.entries(signalledRing()).reverse()))],
    ['numbers written oddly', webhook.replace(/"sentAt":(\d+)/, '"sentAt":$1.0e0')],
  ])('is over the raw bytes (F32): %s', async (_, body) => {
    const ingress = await startIngress(redis.url, { app: { credentials: onlySecret } })
    expect((await ingress.deliver(body, { headers: signed(sign(body)) })).body).toEqual({ status: 'queued' })
  })

  it('covers every byte: any one that is changed is refused', async () => {
    const ingress = await startIngress(redis.url, { app: { credentials: onlySecret } })
    const bytes = Buffer.from(webhook)
    const places = Array.from({ length: 24 }, (_, index) => Math.floor((index * bytes.length) / 24))
    for (const place of [...places, bytes.length - 1]) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8((changed.readUInt8(place) ^ 1) & 0xff, place)
      expectRefusal(await ingress.deliver(changed, { headers: signed(sealed) }))
    }
    expectRefusal(await ingress.deliver(bytes.subarray(0, -1), { headers: signed(sealed) }))
    expectRefusal(await ingress.deliver(`${webhook} `, { headers: signed(sealed) }))
    expect(await ingress.listKeys()).toEqual([])
  })
})

describe('the custom push provider', () => {
  const call = JSON.stringify(providerCall('initiated'))

  it.each(['/providers/cometchat', '/webhook'])('knows Basic only, at %s', async path => {
    const ingress = await startIngress(redis.url)
    expectRefusal(await ingress.deliver(call, { path, headers: signed(sign(call)) }))
    expect(await ingress.listKeys()).toEqual([])
    expect((await ingress.deliver(call, { path })).body).toEqual({ status: 'queued' })
  })

  it('is refused where only a secret is configured', async () => {
    const ingress = await startIngress(redis.url, { app: { credentials: onlySecret } })
    for (const headers of [
      signed(sign(call)),
      authorized(good),
      authorized(basic({ username: '', password: '' })),
    ]) {
      expectRefusal(await ingress.deliver(call, { path: '/providers/cometchat', headers }))
    }
  })
})

describe('a request that its headers give away', () => {
  it.each<[string, Configured, Headers]>([
    ['no credentials', 'both', {}],
    ['a wrong login', 'Basic alone', authorized(basic({ ...login, password: 'x' }))],
    ['a wrong login beside a signature', 'both', { ...signed(sealed), ...authorized('Basic x') }],
    ['a malformed signature', 'a secret alone', signed('nonsense')],
  ])('is answered 401 before its body is there: %s', async (_, configured, headers) => {
    const ingress = await startIngress(redis.url, { app: { credentials: credentials[configured] } })
    const length = { 'content-length': 5_000_000 }
    expectRefusal(await ingress.deliver('{', { headers: { ...headers, ...length }, unfinished: true }))
  })

  it('is answered 401 although its body is far too large', async () => {
    const ingress = await startIngress(redis.url)
    expectRefusal(await ingress.deliver('x'.repeat(5_000_000), { headers: {} }))
  })
})

describe('secrets', () => {
  it('are in no answer and in no line of the log', async () => {
    const ingress = await startIngress(redis.url)
    const answers = [
      await ingress.deliver(webhook),
      await ingress.deliver(webhook, { headers: authorized(basic({ ...login, password: 'OpenSesame43' })) }),
      await ingress.deliver(webhook, { headers: signed('nonsense') }),
      await ingress.deliver('{"trigger":'),
    ]
    const said = ingress.log() + answers.map(({ text }) => text).join('')
    for (const hidden of [login.password, secret, previousSecret, 'OpenSesame43', good, sealed, 'nonsense']) {
      expect(said).not.toContain(hidden)
    }
  })
})

function expectRefusal(answer: Answer) {
  expect(answer).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } })
  expect(answer.headers['www-authenticate']).toBe('Basic realm="ringer"')
}
