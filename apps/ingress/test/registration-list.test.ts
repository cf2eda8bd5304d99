import { type StartedRedis, startRedis } from '@ringer/fakes'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bearer, startIngress } from './start-ingress.ts'

const pushKit = 'a1'.repeat(32)
const fcm = 'fcm-registration-token:APA91b_Bob'
const jwtSecret = 'the-secret-of-the-identity-provider'

let redis: StartedRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.close())

it('says all that is known of a user’s phones but their tokens, the one seen last first', async () => {
  let now = Date.parse('2026-01-01T10:00:00Z')
  const ingress = await startIngress(redis.url, { clock: () => now })
  const android = await ingress.register({ uid: 'bob', platform: 'android', token: fcm })
  now += 1_500
  const told = { environment: 'sandbox', bundleId: 'com.example.chat', deviceId: 'Bob’s iPhone' }
  const iphone = await ingress.register({ uid: 'bob', platform: 'ios', token: pushKit, ...told })
  await ingress.register({ uid: 'carol', platform: 'android', token: `${fcm}-of-carol` })

  const answer = await ingress.listDevices('?uid=bob')
  expect(answer.status).toBe(200)
  expect(answer.body).toEqual({
    devices: [
      {
        ...{ id: iphone.body.deviceId, platform: 'ios', kind: 'voip', ...told },
        ...{ registeredAt: '2026-01-01T10:00:01.500Z', seenAt: '2026-01-01T10:00:01.500Z' },
      },
      {
        ...{ id: android.body.deviceId, platform: 'android', kind: 'both' },
        ...{ registeredAt: '2026-01-01T10:00:00.000Z', seenAt: '2026-01-01T10:00:00.000Z' },
      },
    ],
  })
  expect(answer.text + ingress.log()).not.toMatch(/a1a1|APA91b/)
})

it('tells when a phone was last seen', async () => {
  const registeredAt = Date.parse('2026-01-01T10:00:00Z')
  const ingress = await startIngress(redis.url, { clock: () => registeredAt })
  await ingress.register({ uid: 'bob', platform: 'android', token: fcm })
  const [device] = await ingress.devices.list('default', 'bob')
  if (!device) throw new Error('a device that was registered is listed')
  await ingress.devices.touch(device, Date.parse('2026-01-20T10:00:00Z'))
  expect((await ingress.listDevices('?uid=bob')).body.devices).toMatchObject([
    { registeredAt: '2026-01-01T10:00:00.000Z', seenAt: '2026-01-20T10:00:00.000Z' },
  ])
})

it('leaves out a phone that was not seen for too long', async () => {
  const ingress = await startIngress(redis.url, { staleMs: 300 })
  await ingress.register({ uid: 'bob', platform: 'android', token: fcm })
  await expect
    .poll(async () => (await ingress.listDevices('?uid=bob')).body.devices, { timeout: 5_000, interval: 100 })
    .toEqual([])
  expect(await ingress.listDeviceKeys()).toEqual([])
})

it('is empty for a user who has none, and leaves nothing behind', async () => {
  const ingress = await startIngress(redis.url)
  expect((await ingress.listDevices('?uid=bob')).body).toEqual({ devices: [] })
  expect(await ingress.listDeviceKeys()).toEqual([])
  expect(ingress.log()).toContain('"answer":"listed","count":0')
})

it('wants to know whose, where that is not known', async () => {
  const ingress = await startIngress(redis.url)
  for (const query of ['', '?uid=', '?uid=bob&uid=carol', '?user=bob']) {
    const answer = await ingress.listDevices(query)
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_registration' } } })
    expect(answer.body.error?.message).toMatch(/^uid: /)
  }
})

it('is one’s own only, with a JWT', async () => {
  const ingress = await startIngress(redis.url, {
    app: { registrationAuth: { kind: 'jwt', secret: jwtSecret } },
  })
  const jwt = await new SignJWT({ sub: 'bob' })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(jwtSecret))
  await ingress.register({ platform: 'android', token: fcm }, { headers: { authorization: bearer(jwt) } })
  for (const query of ['', '?uid=bob']) {
    expect((await ingress.listDevices(query, bearer(jwt))).body.devices).toHaveLength(1)
  }
  expect(await ingress.listDevices('?uid=carol', bearer(jwt))).toMatchObject({
    status: 403,
    body: { error: { code: 'wrong_user' } },
  })
})

it('is refused to whoever proves nothing', async () => {
  const ingress = await startIngress(redis.url)
  for (const authorization of ['', bearer('the-key-of-somebody')]) {
    expect(await ingress.listDevices('?uid=bob', authorization)).toMatchObject({
      status: 401,
      body: { error: { code: 'unauthorized' } },
    })
  }
  const closed = await startIngress(redis.url, { app: { registrationAuth: { kind: 'closed' } } })
  expect((await closed.listDevices('?uid=bob')).status).toBe(403)
})
