import {
  createStandInCredentials,
  type FakeApns,
  type StandInCredentials,
  startFakeApns,
} from '@ringer/fakes'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectApns, type PushOptions, providerToken, TOKEN } from './apns-client.ts'

let credentials: StandInCredentials
let other: StandInCredentials
let apns: FakeApns

beforeAll(async () => {
  credentials = await createStandInCredentials()
  other = await createStandInCredentials()
  apns = await startFakeApns({ credentials, environment: 'production' })
  const gone = { kind: 'voip', state: 'unregistered', unregisteredAt: 1_700_000_000_000 } as const
  apns.devices.set('01'.repeat(32), gone)
  apns.devices.set('02'.repeat(32), { kind: 'alert', state: 'active' })
  apns.devices.set('03'.repeat(32), { kind: 'voip', state: 'active', environment: 'sandbox' })
})
afterAll(() => apns.close())

const BUNDLE = 'com.example.ringer'
const bearer = (token: string) => ({ headers: { authorization: `bearer ${token}` } })
const seconds = (fromNow: number) => Math.floor(Date.now() / 1000) + fromNow
const ofSize = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`

type Rule = [what: string, status: number, reason: string, push: () => PushOptions]

const RULES: Rule[] = [
  ['another path', 404, 'BadPath', () => ({ path: '/4/device/x' })],
  ['GET', 405, 'MethodNotAllowed', () => ({ method: 'GET' })],
  ['a missing token', 400, 'MissingDeviceToken', () => ({ path: '/3/device/' })],
  ['no token and no slash', 400, 'MissingDeviceToken', () => ({ path: '/3/device' })],
  ['a token that is not hexadecimal', 400, 'BadDeviceToken', () => ({ token: 'xy'.repeat(32) })],
  ['a short token', 400, 'BadDeviceToken', () => ({ token: 'ab'.repeat(31) })],
  ['a long token', 400, 'BadDeviceToken', () => ({ token: 'ab'.repeat(101) })],
  ['a token that ends with half a byte', 400, 'BadDeviceToken', () => ({ token: `${TOKEN}a` })],
  ['a token that no phone has', 400, 'BadDeviceToken', () => ({ token: '0'.repeat(64) })],
  ['a token of the other environment', 400, 'BadDeviceToken', () => ({ token: '03'.repeat(32) })],
  ['an alert token for a VoIP push', 400, 'DeviceTokenNotForTopic', () => ({ token: '02'.repeat(32) })],
  ['an unregistered device', 410, 'Unregistered', () => ({ token: '01'.repeat(32) })],
  ['a missing topic', 400, 'MissingTopic', () => ({ headers: { 'apns-topic': null } })],
  ["another app's topic", 400, 'BadTopic', () => ({ headers: { 'apns-topic': 'com.example.other.voip' } })],
  [
    'an unknown topic of the app',
    400,
    'TopicDisallowed',
    () => ({ headers: { 'apns-topic': `${BUNDLE}.pushkit` } }),
  ],
  ['voip on the plain topic', 400, 'InvalidPushType', () => ({ headers: { 'apns-topic': BUNDLE } })],
  ['alert on the VoIP topic', 400, 'InvalidPushType', () => ({ headers: { 'apns-push-type': 'alert' } })],
  ['no push type on the VoIP topic', 400, 'InvalidPushType', () => ({ headers: { 'apns-push-type': null } })],
  ['an unknown push type', 400, 'InvalidPushType', () => ({ headers: { 'apns-push-type': 'call' } })],
  ['priority 7', 400, 'BadPriority', () => ({ headers: { 'apns-priority': '7' } })],
  [
    'a background push with priority 10',
    400,
    'BadPriority',
    () => ({ headers: { 'apns-topic': BUNDLE, 'apns-push-type': 'background', 'apns-priority': '10' } }),
  ],
  ['a relative expiration', 400, 'BadExpirationDate', () => ({ headers: { 'apns-expiration': '30s' } })],
  ['a negative expiration', 400, 'BadExpirationDate', () => ({ headers: { 'apns-expiration': '-1' } })],
  [
    'an expiration in milliseconds',
    400,
    'BadExpirationDate',
    () => ({ headers: { 'apns-expiration': String(Date.now()) } }),
  ],
  ['an id that is not a UUID', 400, 'BadMessageId', () => ({ headers: { 'apns-id': 'v1.us.123' } })],
  [
    'a collapse id of 65 bytes',
    400,
    'BadCollapseId',
    () => ({ headers: { 'apns-collapse-id': 'é'.repeat(33) } }),
  ],
  ['a header sent twice', 400, 'DuplicateHeaders', () => ({ headers: { 'x-twice': ['a', 'b'] } })],
  ['an empty body', 400, 'PayloadEmpty', () => ({ body: '' })],
  ['a body that is not JSON', 400, 'PayloadEmpty', () => ({ body: 'ring' })],
  ['a body that is not an object', 400, 'PayloadEmpty', () => ({ body: '[]' })],
  ['5,121 bytes of VoIP push', 413, 'PayloadTooLarge', () => ({ body: ofSize(5121) })],
  ['100 kB', 413, 'PayloadTooLarge', () => ({ body: ofSize(100_000) })],
  [
    '4,097 bytes of alert',
    413,
    'PayloadTooLarge',
    () => ({ headers: { 'apns-topic': BUNDLE, 'apns-push-type': 'alert' }, body: ofSize(4097) }),
  ],
  ['a missing provider token', 403, 'MissingProviderToken', () => ({ headers: { authorization: null } })],
  ['a provider token that is not a JWT', 403, 'InvalidProviderToken', () => bearer('abc')],
  [
    'another key id',
    403,
    'InvalidProviderToken',
    () => bearer(providerToken(credentials, { kid: 'OTHERKEYID' })),
  ],
  [
    'another team',
    403,
    'InvalidProviderToken',
    () => bearer(providerToken(credentials, { iss: 'OTHERTEAMX' })),
  ],
  [
    "another key's signature",
    403,
    'InvalidProviderToken',
    () => bearer(providerToken(credentials, { privateKey: other.apns.privateKey })),
  ],
  [
    'a provider token that is more than an hour old',
    403,
    'ExpiredProviderToken',
    () => bearer(providerToken(credentials, { iat: seconds(-3610) })),
  ],
  [
    'a provider token from the future',
    403,
    'InvalidProviderToken',
    () => bearer(providerToken(credentials, { iat: seconds(300) })),
  ],
]

it.each(RULES)('refuses %s: %i %s', async (_what, status, reason, push) => {
  const client = connectApns(apns, credentials)
  const answer = await client.push(push())
  client.close()
  expect(answer.status).toBe(status)
  expect(answer.body).toMatchObject({ reason })
  expect(apns.received.some(seen => seen.reason === reason && seen.status === status && !seen.accepted)).toBe(
    true,
  )
})

const ACCEPTED: [string, () => PushOptions][] = [
  ['a VoIP push', () => ({})],
  ['a token in upper case', () => ({ token: TOKEN.toUpperCase() })],
  ['a token of 100 bytes', () => ({ token: 'ab'.repeat(100) })],
  ['5,120 bytes of VoIP push', () => ({ body: ofSize(5120) })],
  ['an alert without a push type', () => ({ headers: { 'apns-topic': BUNDLE, 'apns-push-type': null } })],
  [
    'expiration 0 and a collapse id of 64 bytes',
    () => ({ headers: { 'apns-expiration': '0', 'apns-collapse-id': 'x'.repeat(64) } }),
  ],
  [
    'a provider token that is 59 minutes old',
    () => bearer(providerToken(credentials, { iat: seconds(-3540) })),
  ],
  [
    'a provider token from a clock that is 30 s ahead',
    () => bearer(providerToken(credentials, { iat: seconds(30) })),
  ],
]

it.each(ACCEPTED)('accepts %s', async (_what, push) => {
  const client = connectApns(apns, credentials)
  await expect(client.push(push())).resolves.toMatchObject({ status: 200, body: null })
  client.close()
})

it('answers with the time at which a device was unregistered', async () => {
  const client = connectApns(apns, credentials)
  const answer = await client.push({ token: '01'.repeat(32) })
  expect(answer.body).toEqual({ reason: 'Unregistered', timestamp: 1_700_000_000_000 })
  client.close()
})

it('echoes the apns-id, and creates one if it is missing', async () => {
  const client = connectApns(apns, credentials)
  const id = '5f0f1b0e-6b0c-4c1d-8f3a-0123456789ab'
  await expect(client.push({ headers: { 'apns-id': id } })).resolves.toMatchObject({ apnsId: id })
  await expect(client.push()).resolves.toMatchObject({ apnsId: expect.stringMatching(/^[\dA-F]{8}-/) })
  client.close()
})

it('refuses unknown tokens with strictTokens', async () => {
  const strict = await startFakeApns({ credentials, environment: 'sandbox', strictTokens: true })
  const client = connectApns(strict, credentials)
  await expect(client.push()).resolves.toMatchObject({ status: 400, body: { reason: 'BadDeviceToken' } })
  strict.devices.set(TOKEN, { kind: 'voip', state: 'active', environment: 'sandbox' })
  await expect(client.push()).resolves.toMatchObject({ status: 200 })
  client.close()
  await strict.close()
})

it('allows a new provider token every 20 minutes, and at once after it reported one as expired', async () => {
  let now = Date.now()
  const timed = await startFakeApns({ credentials, environment: 'production', clock: () => now })
  const client = connectApns(timed, credentials)
  const fresh = () => bearer(providerToken(credentials, { iat: Math.floor(now / 1000) }))
  const first = fresh()
  await expect(client.push(first)).resolves.toMatchObject({ status: 200 })
  now += 19 * 60_000
  await expect(client.push(fresh())).resolves.toMatchObject({
    status: 429,
    body: { reason: 'TooManyProviderTokenUpdates' },
  })
  await expect(client.push(first)).resolves.toMatchObject({ status: 200 })
  now += 2 * 60_000
  await expect(client.push(fresh())).resolves.toMatchObject({ status: 200 })
  timed.order({ status: 403, reason: 'ExpiredProviderToken' })
  const dead = fresh()
  now += 20 * 60_000
  await expect(client.push(dead)).resolves.toMatchObject({ status: 403 })
  await expect(client.push(fresh())).resolves.toMatchObject({ status: 200 })
  client.close()
  await timed.close()
})

it('refuses a key in another environment than its own: BadEnvironmentKeyIdInToken', async () => {
  const sandboxKey = { credentials, keyEnvironment: 'sandbox' } as const
  const production = await startFakeApns({ ...sandboxKey, environment: 'production' })
  const sandbox = await startFakeApns({ ...sandboxKey, environment: 'sandbox' })
  const [there, here] = [connectApns(production, credentials), connectApns(sandbox, credentials)]
  expect(await there.push()).toMatchObject({ status: 403, body: { reason: 'BadEnvironmentKeyIdInToken' } })
  expect(await here.push()).toMatchObject({ status: 200 })
  there.close()
  here.close()
  await Promise.all([production.close(), sandbox.close()])
})

it('refuses another key of the team on a connection that began with one: UnrelatedKeyIdInToken', async () => {
  const sandbox = await startFakeApns({ credentials, environment: 'sandbox' })
  const client = connectApns(sandbox, credentials)
  const { keyId: kid, privateKey } = credentials.apns.sandboxKey
  const other = bearer(providerToken(credentials, { kid, privateKey }))
  expect(await client.push()).toMatchObject({ status: 200 })
  expect(await client.push(other)).toMatchObject({ status: 403, body: { reason: 'UnrelatedKeyIdInToken' } })
  const fresh = connectApns(sandbox, credentials)
  expect(await fresh.push(other)).toMatchObject({ status: 200 })
  client.close()
  fresh.close()
  await sandbox.close()
})

it('refuses the sandbox key in production: BadEnvironmentKeyIdInToken', async () => {
  const client = connectApns(apns, credentials)
  const { keyId: kid, privateKey } = credentials.apns.sandboxKey
  const answer = await client.push(bearer(providerToken(credentials, { kid, privateKey })))
  expect(answer).toMatchObject({ status: 403, body: { reason: 'BadEnvironmentKeyIdInToken' } })
  client.close()
})

it('refuses a topic that a topic-specific key is not for: TopicDisallowed', async () => {
  const { bundleId } = credentials.apns
  const strict = await startFakeApns({ credentials, environment: 'production', keyTopics: [bundleId] })
  const client = connectApns(strict, credentials)
  expect(await client.push()).toMatchObject({ status: 400, body: { reason: 'TopicDisallowed' } })
  const headers = { 'apns-topic': bundleId, 'apns-push-type': 'alert' }
  expect(await client.push({ headers })).toMatchObject({ status: 200 })
  client.close()
  await strict.close()
})
