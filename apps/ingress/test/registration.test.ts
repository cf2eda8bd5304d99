import { type StartedRedis, startRedis } from '@ringer/fakes'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { send } from './send.ts'
import { bearer, registrationKey, type StartedIngress, startIngress } from './start-ingress.ts'

const iphone = 'a1'.repeat(32)
const android = 'fcm-registration-token:APA91b_Bob'
const unregister = { path: '/api/push/unregister' }

let redis: StartedRedis
let ingress: StartedIngress
beforeAll(async () => {
  redis = await startRedis()
})
beforeEach(async () => {
  ingress = await startIngress(redis.url)
})
afterAll(() => redis.close())

describe('a phone', () => {
  it('is registered with all that is said of it', async () => {
    const said = {
      uid: 'bob',
      platform: 'ios',
      kind: 'alert',
      environment: 'sandbox',
      bundleId: 'com.example.chat',
      deviceId: 'Bob’s iPhone',
    }
    const answer = await ingress.register({ ...said, token: iphone })
    expect(answer).toMatchObject({ status: 200, body: { status: 'registered' } })
    const [device, ...others] = await ingress.devices.list('default', 'bob')
    expect(device).toEqual({
      ...said,
      token: iphone,
      appId: 'default',
      id: answer.body.deviceId,
      registeredAt: expect.any(Number),
      seenAt: device?.registeredAt,
    })
    expect(others).toEqual([])
  })

  it('needs no more than a platform, a token and a user', async () => {
    await ingress.register({ uid: 'bob', platform: 'android', token: android })
    expect(await ingress.devices.list('default', 'bob')).toMatchObject([{ kind: 'both', token: android }])
  })

  it('is the same phone whichever case its hex token comes in', async () => {
    const upper = await ingress.register({ uid: 'bob', platform: 'ios', token: iphone.toUpperCase() })
    const lower = await ingress.register({ uid: 'bob', platform: 'ios', token: iphone })
    expect(upper.body.deviceId).toBe(lower.body.deviceId)
    expect(await ingress.devices.list('default', 'bob')).toMatchObject([{ token: iphone }])
    const gone = await ingress.register({ uid: 'bob', token: iphone.toUpperCase() }, unregister)
    expect(gone.body).toEqual({ status: 'unregistered', count: 1 })
  })

  it('keeps the case of a token that is not hex', async () => {
    await ingress.register({ uid: 'bob', platform: 'android', token: android.toUpperCase() })
    expect(await ingress.devices.list('default', 'bob')).toMatchObject([{ token: android.toUpperCase() }])
  })

  it('moves with the login (F28)', async () => {
    await ingress.register({ uid: 'bob', platform: 'ios', token: iphone })
    await ingress.register({ uid: 'carol', platform: 'ios', token: iphone.toUpperCase() })
    expect(await ingress.devices.list('default', 'bob')).toEqual([])
    expect(await ingress.devices.list('default', 'carol')).toHaveLength(1)
  })

  it('is unregistered by its owner only, and once', async () => {
    await ingress.register({ uid: 'bob', platform: 'android', token: android })
    expect((await ingress.register({ uid: 'carol', token: android }, unregister)).body).toEqual({
      status: 'unknown',
      count: 0,
    })
    expect(await ingress.devices.list('default', 'bob')).toHaveLength(1)
    expect((await ingress.register({ uid: 'bob', token: android }, unregister)).body).toEqual({
      status: 'unregistered',
      count: 1,
    })
    expect((await ingress.register({ uid: 'bob', token: android }, unregister)).body).toEqual({
      status: 'unknown',
      count: 0,
    })
    expect(await ingress.listDeviceKeys()).toEqual([])
  })

  it('is refreshed by registering it again', async () => {
    let now = Date.parse('2026-01-01')
    const aging = await startIngress(redis.url, { clock: () => now })
    const first = await aging.register({ uid: 'bob', platform: 'ios', token: iphone, environment: 'sandbox' })
    now += 1_000
    const second = await aging.register({ uid: 'bob', platform: 'ios', token: iphone })
    expect(second.body).toEqual(first.body)
    const [device, ...others] = await aging.devices.list('default', 'bob')
    expect(device).toMatchObject({ registeredAt: now, seenAt: now })
    expect(device).not.toHaveProperty('environment')
    expect(others).toEqual([])
  })

  it('belongs to the app that is configured', async () => {
    const strict = await startIngress(redis.url, { app: { appId: 'app-7' } })
    await strict.register({ uid: 'bob', platform: 'android', token: android })
    expect(await strict.devices.list('app-7', 'bob')).toHaveLength(1)
  })

  it('leaves a line in the log, without its token', async () => {
    const { body } = await ingress.register({ uid: 'bob', platform: 'android', token: android })
    expect(ingress.log()).toContain(`"answer":"registered","deviceId":"${body.deviceId}"`)
    expect(ingress.log()).not.toContain(android)
  })
})

describe('a body that is wrong', () => {
  const hush = 'hush9d1f0c'
  const right = { uid: 'bob', platform: 'ios', token: iphone }

  it.each<[string, object, string[]]>([
    ['no fields', {}, ['platform', 'token']],
    ['no user', { ...right, uid: undefined }, ['uid']],
    ['an empty user', { ...right, uid: '' }, ['uid']],
    ['a user with a space behind', { ...right, uid: 'bob ' }, ['uid']],
    ['a user with half a character', { ...right, uid: 'bob\ud83d' }, ['uid']],
    ['a number for a user', { ...right, uid: 7 }, ['uid']],
    ['a list for a user', { ...right, uid: [hush] }, ['uid']],
    ['a user too long', { ...right, uid: hush.repeat(11) }, ['uid']],
    ['another platform', { ...right, platform: hush }, ['platform']],
    ['no token', { ...right, token: undefined }, ['token']],
    ['an empty token', { ...right, token: '' }, ['token']],
    ['null for a token', { ...right, token: null }, ['token']],
    ['an object for a token', { ...right, token: { hush } }, ['token']],
    ["a token that is not Apple's", { ...right, token: `${hush}:not-hex` }, ['token']],
    ['a token too short', { ...right, token: 'a1'.repeat(31) }, ['token']],
    ['a token of odd length', { ...right, token: `${iphone}a` }, ['token']],
    ['a token in brackets', { ...right, token: `<${iphone}>` }, ['token']],
    ['a token too long', { ...right, token: 'a1'.repeat(101) }, ['token']],
    [
      'a space in an Android token',
      { ...right, platform: 'android', token: `${hush} and more of it` },
      ['token'],
    ],
    ['an Android token too short', { ...right, platform: 'android', token: hush }, ['token']],
    ['an Android token too long', { ...right, platform: 'android', token: hush.repeat(410) }, ['token']],
    ['another kind', { ...right, kind: hush }, ['kind']],
    ['another environment', { ...right, environment: hush }, ['environment']],
    ['an empty bundle', { ...right, bundleId: '' }, ['bundleId']],
    [
      'all of it',
      { uid: {}, platform: 1, token: [], kind: hush, environment: hush, deviceId: 2 },
      ['uid', 'platform', 'token', 'kind', 'environment', 'deviceId'],
    ],
  ])('is answered 400 with the fields by name, and never with the token: %s', async (_, body, names) => {
    const answer = await ingress.register(body)
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_registration' } } })
    for (const name of names) expect(answer.body.error?.message).toContain(`${name}: `)
    expect(answer.text + ingress.log()).not.toMatch(/hush9d1f0c|a1a1a1/)
    expect(await ingress.listKeys()).toEqual([])
  })

  it.each<[string, object, string]>([
    ['no token', { uid: 'bob' }, 'token'],
    ['no user', { token: iphone }, 'uid'],
    ['a list of tokens', { uid: 'bob', token: [hush] }, 'token'],
    ['an endless token', { uid: 'bob', token: hush.repeat(410) }, 'token'],
  ])('unregisters nothing: %s', async (_, body, name) => {
    await ingress.register(right)
    const answer = await ingress.register(body, unregister)
    expect(answer.status).toBe(400)
    expect(answer.body.error?.message).toContain(`${name}: `)
    expect(answer.text + ingress.log()).not.toMatch(/hush9d1f0c|a1a1a1/)
    expect(await ingress.devices.list('default', 'bob')).toHaveLength(1)
  })
})

describe.each(['/api/push/register', '/api/push/unregister'])('with a key, %s', path => {
  const body = { uid: 'bob', platform: 'android', token: android }

  it.each<[string, string | string[] | undefined]>([
    ['nothing', undefined],
    ['an empty header', ''],
    ['another key', bearer('the-key-of-somebody')],
    ['a key one character longer', bearer(`${registrationKey}x`)],
    ['a key one character shorter', bearer(registrationKey.slice(0, -1))],
    ['the key in another case', bearer(registrationKey.toUpperCase())],
    ['the key without a scheme', registrationKey],
    ['the key as Basic', `Basic ${registrationKey}`],
    ['the scheme alone', 'Bearer '],
    ['something after the key', `${bearer(registrationKey)} x`],
    ['two keys, the first right', [bearer(registrationKey), bearer('x')]],
  ])('is answered 401: %s', async (_, authorization) => {
    const headers: Record<string, string | string[]> = authorization === undefined ? {} : { authorization }
    const answer = await send(`${ingress.url}${path}`, { body: JSON.stringify(body), headers })
    expect(answer).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } })
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="ringer"')
    expect(await ingress.listKeys()).toEqual([])
    expect(answer.text + ingress.log()).not.toMatch(/the-key-of|APA91b/)
  })

  it.each(['bearer', 'BEARER', 'Bearer '])('takes the scheme in any case: %s', async scheme => {
    const answer = await ingress.register(body, {
      path,
      headers: { authorization: `${scheme} ${registrationKey}` },
    })
    expect(answer.status).toBe(200)
  })

  it('has no other header for the key', async () => {
    const headers = { 'x-api-key': registrationKey }
    expect((await send(`${ingress.url}${path}`, { body: JSON.stringify(body), headers })).status).toBe(401)
  })
})

describe('without authentication', () => {
  it('takes anybody where that is spelt out', async () => {
    const open = await startIngress(redis.url, { app: { registrationAuth: { kind: 'none' } } })
    const body = JSON.stringify({ uid: 'bob', platform: 'android', token: android })
    expect((await send(`${open.url}/api/push/register`, { body })).status).toBe(200)
    expect((await send(`${open.url}/api/push/unregister`, { body })).body).toMatchObject({
      status: 'unregistered',
    })
  })

  it('takes nobody where nothing is said, whatever they bring', async () => {
    const closed = await startIngress(redis.url, { app: { registrationAuth: { kind: 'closed' } } })
    const answer = await closed.register({ uid: 'bob', platform: 'android', token: android })
    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'registration_closed' } } })
    expect(answer.body.error?.message).toContain('REGISTRATION_AUTH')
    expect(await closed.listKeys()).toEqual([])
  })
})
