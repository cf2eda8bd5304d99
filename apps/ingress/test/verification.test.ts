import { describe, expect } from 'vitest'
import { providerCall, signalledRing } from '../../../packages/payloads/test/webhooks.ts'
import type { Answer, Sending } from './send.ts'
import {
  basic,
  both,
  it as ingressIt,
  login,
  onlyBasic,
  onlySecret,
  openIngress,
  previousLogin,
  previousSecret,
  secret,
  sign,
} from './start-ingress.ts'

type Headers = Exclude<Sending['headers'], undefined>

const webhook = JSON.stringify(signalledRing())
const signed = (signature: string | string[]): Headers => ({ 'x-cometchat-signature': signature })
const authorized = (authorization: string | string[]): Headers => ({ authorization })
const good = basic(login)
const sealed = sign(webhook)
const credentials = { 'Basic alone': onlyBasic, 'a secret alone': onlySecret, both }

type Configured = keyof typeof credentials
const all: Configured[] = ['Basic alone', 'a secret alone', 'both']

const it = ingressIt.extend('refusing', { scope: 'file' }, async ({ redis }, { onCleanup }) => {
  // One ingress for each configuration is enough for all refusals, because a refusal stores nothing.
  const open = (configured: Configured) =>
    openIngress(redis.url, {
      tenant: { credentials: credentials[configured] },
      gate: { failuresPerMinute: 1_000 },
    })
  const refusing = {
    'Basic alone': await open('Basic alone'),
    'a secret alone': await open('a secret alone'),
    both: await open('both'),
  }
  onCleanup(async () => {
    for (const ingress of Object.values(refusing)) await ingress.close()
  })
  return refusing
})

describe.each<[Configured, Headers, string]>([
  ['Basic alone', authorized(good), 'Basic'],
  ['Basic alone', authorized(basic(login, 'basic')), 'the scheme in lower case'],
  ['Basic alone', authorized(basic(login, 'BASIC')), 'the scheme in upper case'],
  ['Basic alone', authorized(good.replace(' ', '   ')), 'several spaces after the scheme'],
  ['Basic alone', authorized(good.replace(/=+$/, '')), 'base64 without its padding'],
  ['Basic alone', { ...authorized(good), ...signed('0'.repeat(64)) }, 'a signature that cannot be checked'],
  ['a secret alone', signed(sealed), 'the signature'],
  ['a secret alone', signed(`sha256=${sealed}`), 'the signature after sha256='],
  ['a secret alone', signed(`SHA256=${sealed}`), 'the signature after SHA256='],
  ['a secret alone', signed(sealed.toUpperCase()), 'the signature in upper-case hex'],
  ['a secret alone', { ...signed(sealed), ...authorized('Bearer x') }, 'a login that cannot be checked'],
  ['both', authorized(good), 'Basic'],
  ['both', signed(sealed), 'the signature'],
  ['both', { ...signed(sealed), ...authorized(good) }, 'Basic and the signature'],
  ['both', authorized(basic(previousLogin)), 'the previous password'],
  ['both', signed(sign(webhook, previousSecret)), 'a signature by the previous secret'],
  ['both', { ...signed(sealed), ...authorized(basic(previousLogin)) }, 'the new secret and the old password'],
])('with %s configured', (configured, headers, what) => {
  it(`accepts a webhook with ${what}`, async ({ startIngress }) => {
    const ingress = await startIngress({ tenant: { credentials: credentials[configured] } })
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
  ['the colon in another place', basic({ username: 'cometcha', password: `t${login.password}` })],
  ['no password', basic({ ...login, password: '' })],
  ['only a colon', basic({ username: '', password: '' })],
  ['an empty header', ''],
  ['only the scheme', 'Basic'],
  ['only the scheme and a space', 'Basic '],
  ['plain text', `Basic ${login.username}:${login.password}`],
  ['no scheme', good.slice('Basic '.length)],
  ['another scheme', good.replace('Basic', 'Bearer')],
  ['no space after the scheme', good.replace(' ', '')],
  ['text after the credentials', `${good} ${good}`],
  ['two headers, the first right', [good, basic({ ...login, password: 'x' })]],
  ['two headers, the second right', [basic({ ...login, password: 'x' }), good]],
]

const wrongSignatures: [string, string | string[]][] = [
  ['by another secret', sign(webhook, 'another-secret')],
  ['by an empty secret', sign(webhook, '')],
  ['of a body that differs in one byte', sign(webhook.replace('alice', 'alicf'))],
  ['of the body serialised again', sign(JSON.stringify(JSON.parse(webhook), null, 1))],
  ['of an empty body', sign('')],
  ['with its first digit changed', (sealed.startsWith('0') ? '1' : '0') + sealed.slice(1)],
  ['with its last digit changed', sealed.slice(0, -1) + (sealed.endsWith('0') ? '1' : '0')],
  ['cut short', sealed.slice(0, -2)],
  ['that is too long', `${sealed}00`],
  ['that is not hex', `${sealed.slice(0, -1)}g`],
  ['in base64', Buffer.from(sealed, 'hex').toString('base64')],
  ['of another algorithm', `sha1=${sealed}`],
  ['with sha256= twice', `sha256=sha256=${sealed}`],
  ['with sha256= and no digits', 'sha256='],
  ['that is empty', ''],
  ['sent twice', [sealed, sealed]],
  ['sent twice, once wrong', ['0'.repeat(64), sealed]],
]

describe.each<[string, Configured[], Headers]>([
  ['no credentials', all, {}],
  ['a signature instead of Basic', ['Basic alone'], signed(sealed)],
  ['Basic instead of a signature', ['a secret alone'], authorized(good)],
  [
    'a right signature and a wrong login',
    ['both'],
    { ...signed(sealed), ...authorized(basic({ ...login, password: 'x' })) },
  ],
  ['a right login and a wrong signature', ['both'], { ...signed('0'.repeat(64)), ...authorized(good) }],
  ['a right login and a malformed signature', ['both'], { ...signed('nonsense'), ...authorized(good) }],
  ...wrongLogins.map(([what, value]): [string, Configured[], Headers] => [
    `a wrong login: ${what}`,
    ['Basic alone', 'both'],
    authorized(value),
  ]),
  ...wrongSignatures.map(([what, value]): [string, Configured[], Headers] => [
    `a signature ${what}`,
    ['a secret alone', 'both'],
    signed(value),
  ]),
])('a webhook with %s', (_, configurations, headers) => {
  it.for(configurations)(
    'is answered 401 and leaves nothing behind, with %s configured',
    async (configured, { refusing }) => {
      const ingress = refusing[configured]
      expectRefusal(await ingress.deliver(webhook, { headers }))
      // A body that is no JSON gets the same answer: nothing has parsed it.
      expectRefusal(await ingress.deliver('{', { headers: { ...headers, 'content-type': 'text/plain' } }))
      expect(await ingress.listKeys()).toEqual([])
      expect(ingress.log()).not.toMatch(/Sesame|alice|bob/)
    },
  )
})

describe('with no credentials configured', () => {
  it.for([
    ['no credentials', {}],
    ['an empty login', authorized(basic({ username: '', password: '' }))],
    ['a signature by an empty secret', signed(sign(webhook, ''))],
  ] as const)('nothing passes: %s', async ([_, headers], { startIngress }) => {
    const ingress = await startIngress({ tenant: { credentials: { logins: [], secrets: [] } } })
    expectRefusal(await ingress.deliver(webhook, { headers }))
  })
})

describe('the signature', () => {
  it.for([
    [
      'emoji and many scripts',
      JSON.stringify(signalledRing({ caller: { uid: 'alice', name: '😎 Ålice Ω 李 \u202eكر' } })),
    ],
    ['unusual white space', `\r\n\t ${JSON.stringify(signalledRing(), null, '\t ')} \n\n`],
    ['unnecessary escapes', webhook.replace('alice', '\\u0061lice')],
    ['a byte order mark', `\ufeff${webhook}`],
    ['keys in another order', JSON.stringify(Object.fromEntries(Object.entries(signalledRing()).reverse()))],
    ['an unusual number format', webhook.replace(/"sentAt":(\d+)/, '"sentAt":$1.0e0')],
  ] as const)('is over the raw bytes (F32): %s', async ([_, body], { startIngress }) => {
    const ingress = await startIngress({ tenant: { credentials: onlySecret } })
    expect((await ingress.deliver(body, { headers: signed(sign(body)) })).body).toEqual({ status: 'queued' })
  })

  it('covers every byte of the body', async ({ startIngress }) => {
    const ingress = await startIngress({ tenant: { credentials: onlySecret } })
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

  it.for(['/providers/cometchat', '/webhook'])(
    'is accepted with Basic only, at %s',
    async (path, { ingress }) => {
      expectRefusal(await ingress.deliver(call, { path, headers: signed(sign(call)) }))
      expect(await ingress.listKeys()).toEqual([])
      expect((await ingress.deliver(call, { path })).body).toEqual({ status: 'queued' })
    },
  )

  it('is refused if only a secret is configured', async ({ startIngress }) => {
    const ingress = await startIngress({ tenant: { credentials: onlySecret } })
    for (const headers of [
      signed(sign(call)),
      authorized(good),
      authorized(basic({ username: '', password: '' })),
    ]) {
      expectRefusal(await ingress.deliver(call, { path: '/providers/cometchat', headers }))
    }
  })
})

describe('a request whose headers already rule it out', () => {
  it.for<[string, Configured, Headers]>([
    ['no credentials', 'both', {}],
    ['a wrong login', 'Basic alone', authorized(basic({ ...login, password: 'x' }))],
    ['a wrong login and a signature', 'both', { ...signed(sealed), ...authorized('Basic x') }],
    ['a malformed signature', 'a secret alone', signed('nonsense')],
  ])(
    'is answered 401 before its body has arrived: %s',
    async ([_, configured, headers], { startIngress }) => {
      const ingress = await startIngress({ tenant: { credentials: credentials[configured] } })
      const length = { 'content-length': 5_000_000 }
      expectRefusal(await ingress.deliver('{', { headers: { ...headers, ...length }, unfinished: true }))
    },
  )

  it('is answered 401 even if its body is far too large', async ({ ingress }) => {
    expectRefusal(await ingress.deliver('x'.repeat(5_000_000), { headers: {} }))
  })
})

describe('secrets', () => {
  it('never appear in answers or in the log', async ({ ingress }) => {
    const answers = [
      await ingress.deliver(webhook),
      await ingress.deliver(webhook, { headers: authorized(basic({ ...login, password: 'OpenSesame43' })) }),
      await ingress.deliver(webhook, { headers: signed('nonsense') }),
      await ingress.deliver('{"trigger":'),
    ]
    const output = ingress.log() + answers.map(({ text }) => text).join('')
    for (const hidden of [login.password, secret, previousSecret, 'OpenSesame43', good, sealed, 'nonsense']) {
      expect(output).not.toContain(hidden)
    }
  })
})

function expectRefusal(answer: Answer) {
  expect(answer).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } })
  expect(answer.headers['www-authenticate']).toBe('Basic realm="ringer"')
}
