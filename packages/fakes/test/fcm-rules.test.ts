import { createStandInCredentials, type FakeFcm, type StandInCredentials, startFakeFcm } from '@ringer/fakes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assertion, connectFcm, message, REGISTRATION } from './fcm-client.ts'

let credentials: StandInCredentials
let other: StandInCredentials
let fcm: FakeFcm
let client: ReturnType<typeof connectFcm>

beforeAll(async () => {
  credentials = await createStandInCredentials()
  other = await createStandInCredentials()
  fcm = await startFakeFcm({ credentials })
  fcm.devices.set('gone', { kind: 'fcm', state: 'unregistered' })
  client = connectFcm(fcm, credentials)
})
afterAll(async () => {
  client.close()
  await fcm.close()
})

const FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError'

const INVALID: [string, string, RegExp][] = [
  ['a body that is not JSON', 'ring', /Invalid JSON/],
  ['a body without a message', '{}', /message/],
  ['an unknown field', JSON.stringify({ message: { token: 'a' }, dry_run: true }), /"dry_run"/],
  ['an unknown field of the message', message({ to: 'a' }), /"to" at 'message'/],
  [
    'an unknown field of android',
    message({ android: { time_to_live: 30 } }),
    /"time_to_live" at 'message.android'/,
  ],
  ['a missing target', message({ token: undefined }), /Exactly one/],
  ['two targets', message({ topic: 'news' }), /Exactly one/],
  ['an empty token', message({ token: '' }), /registration token/],
  ['a token with a space', message({ token: 'a b' }), /registration token/],
  ['a number in data', message({ data: { hasVideo: 1 } }), /message.data.hasVideo/],
  ['a boolean in data', message({ data: { hasVideo: true } }), /message.data.hasVideo/],
  ['null in data', message({ data: { avatar: null } }), /message.data.avatar/],
  ['an object in data', message({ data: { data: {} } }), /message.data.data/],
  ['a reserved key: from', message({ data: { from: 'bob' } }), /reserved/],
  ['a reserved key: message_type', message({ data: { message_type: 'call' } }), /reserved/],
  ['a reserved key: google.…', message({ data: { 'google.sent': '1' } }), /reserved/],
  ['a reserved key: gcm.…', message({ data: { 'gcm.n': '1' } }), /reserved/],
  ['4,097 bytes of data', message({ data: { k: 'x'.repeat(4096) } }), /too big/],
  ['4,097 bytes in UTF-8', message({ data: { k: `x${'é'.repeat(2048)}` } }), /too big/],
  ['a TTL that is a number', message({ android: { ttl: 30 } }), /message.android.ttl/],
  ['a TTL without its unit', message({ android: { ttl: '30' } }), /duration/],
  ['a TTL in milliseconds', message({ android: { ttl: '30000ms' } }), /duration/],
  ['a negative TTL', message({ android: { ttl: '-1s' } }), /duration/],
  ['a TTL of more than four weeks', message({ android: { ttl: '2419201s' } }), /four weeks/],
  ['an unknown priority', message({ android: { priority: 'urgent' } }), /message.android.priority/],
]

it.each(INVALID)('refuses %s: 400 INVALID_ARGUMENT', async (_what, body, words) => {
  const answer = await client.send(body)
  expect(answer.status).toBe(400)
  expect(answer.body).toEqual({
    error: {
      code: 400,
      message: expect.stringMatching(words),
      status: 'INVALID_ARGUMENT',
      details: [{ '@type': FCM_ERROR, errorCode: 'INVALID_ARGUMENT' }],
    },
  })
  expect(fcm.received.at(-1)).toMatchObject({ status: 400, reason: 'INVALID_ARGUMENT', accepted: false })
})

const VALID: [string, string][] = [
  ['a data message', message()],
  ['4,096 bytes of data', message({ data: { k: 'x'.repeat(4095) } })],
  ['a TTL of 0', message({ android: { ttl: '0s' } })],
  ['a TTL with decimals', message({ android: { ttl: '12.345s', priority: 'HIGH' } })],
  ['a TTL of four weeks', message({ android: { ttl: '2419200s', priority: 'normal' } })],
  ['field names in camel case', message({ android: { collapseKey: 'ring', directBootOk: true } })],
]

it.each(VALID)('accepts %s', async (_what, body) => {
  const answer = await client.send(body)
  expect(answer.status).toBe(200)
  expect(answer.body.name).toMatch(/^projects\/ringer-stand-in\/messages\/.+/)
})

it.each([
  ['a bad access token', { authorization: 'Bearer nonsense' }, 401, 'UNAUTHENTICATED'],
  ['no access token', { authorization: '' }, 401, 'UNAUTHENTICATED'],
  ['another project', { path: '/v1/projects/other/messages:send' }, 403, 'PERMISSION_DENIED'],
  ['another path', { path: '/fcm/send' }, 404, 'NOT_FOUND'],
  ['GET', { method: 'GET' }, 404, 'NOT_FOUND'],
])('refuses %s', async (_what, given, code, status) => {
  const answer = await client.send(message(), given)
  expect(answer.status).toBe(code)
  expect(answer.body).toMatchObject({ error: { code, status } })
})

it('does not take a GET for a push', async () => {
  const before = fcm.received.length
  await client.send(message(), { method: 'GET', path: '/' })
  expect(fcm.received.length).toBe(before)
})

it('answers a dry run like a push, and delivers it to nobody', async () => {
  const dryRun = JSON.stringify({ ...JSON.parse(message()), validate_only: true })
  expect((await client.send(dryRun)).status).toBe(200)
  expect(fcm.received.at(-1)).toMatchObject({ status: 200, accepted: false })
  const badToken = JSON.stringify({ message: { token: 'no such phone' }, validate_only: true })
  expect((await client.send(badToken)).status).toBe(400)
})

it('tells the time of its clock in the header Date, in seconds', async () => {
  const ahead = await startFakeFcm({ credentials, clock: () => Date.now() + 3_600_000 })
  const { headers } = await connectFcm(ahead, credentials).send(message(), { method: 'GET', path: '/' })
  await ahead.close()
  expect(Date.parse(String(headers.date)) - Date.now()).toBeGreaterThan(3_500_000)
})

it('answers 404 UNREGISTERED for an unregistered device', async () => {
  const answer = await client.send(message({ token: 'gone' }))
  expect(answer).toMatchObject({ status: 404, body: { error: { code: 404, status: 'NOT_FOUND' } } })
  expect(answer.body).toMatchObject({
    error: { details: [{ '@type': FCM_ERROR, errorCode: 'UNREGISTERED' }] },
  })
})

it('refuses unknown tokens with strictTokens, over plain HTTP', async () => {
  const strict = await startFakeFcm({ credentials, strictTokens: true, tls: false })
  expect(strict.url).toMatch(/^http:/)
  const plain = connectFcm(strict, credentials)
  await expect(plain.send()).resolves.toMatchObject({ status: 404 })
  strict.devices.set(REGISTRATION, { kind: 'fcm', state: 'active' })
  await expect(plain.send()).resolves.toMatchObject({ status: 200 })
  plain.close()
  await strict.close()
})

describe('access tokens', () => {
  const now = () => Math.floor(Date.now() / 1000)

  it.each([
    ['another account', () => ({ iss: 'eve@example.com' }), 'invalid_grant'],
    ['another audience', () => ({ aud: 'https://example.com' }), 'invalid_grant'],
    ['another scope', () => ({ scope: 'https://www.googleapis.com/auth/drive' }), 'invalid_scope'],
    ['no scope', () => ({ scope: undefined }), 'invalid_scope'],
    ['an assertion that has expired', () => ({ iat: now() - 7200, exp: now() - 3600 }), 'invalid_grant'],
    ['an assertion from the future', () => ({ iat: now() + 600, exp: now() + 3600 }), 'invalid_grant'],
    ['an assertion that is valid for two hours', () => ({ exp: now() + 7200 }), 'invalid_grant'],
    ['an assertion that never expires', () => ({ exp: undefined }), 'invalid_grant'],
  ])('are refused for %s', async (_what, claims, error) => {
    const answer = await client.askToken(assertion(credentials, claims()))
    expect(answer).toMatchObject({ status: 400, body: { error } })
  })

  it("are refused for another key's signature, and for another grant type", async () => {
    const forged = assertion(credentials, {}, other.fcm.privateKey)
    await expect(client.askToken(forged)).resolves.toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    })
    await expect(client.askToken(assertion(credentials), 'password')).resolves.toMatchObject({
      ...{ status: 400, body: { error: 'unsupported_grant_type' } },
    })
  })

  it('are also issued if the audience is the stand-in’s own token URL', async () => {
    const answer = await client.askToken(assertion(credentials, { aud: fcm.tokenUrl }))
    expect(answer).toMatchObject({ status: 200, body: { token_type: 'Bearer', expires_in: 3599 } })
  })

  it('expire, can be revoked, and are counted', async () => {
    let time = Date.now()
    const timed = await startFakeFcm({ credentials, clock: () => time, accessTokenSeconds: 5 })
    const short = connectFcm(timed, credentials)
    await expect(short.send()).resolves.toMatchObject({ status: 200 })
    time += 5001
    await expect(short.send()).resolves.toMatchObject({ status: 401 })
    const granted = (await short.askToken()).body
    expect(granted.expires_in).toBe(5)
    const authorization = `Bearer ${String(granted.access_token)}`
    await expect(short.send(message(), { authorization })).resolves.toMatchObject({ status: 200 })
    timed.revokeAccessTokens()
    await expect(short.send(message(), { authorization })).resolves.toMatchObject({ status: 401 })
    expect(timed.tokenRequests).toBe(2)
    short.close()
    await timed.close()
  })
})
