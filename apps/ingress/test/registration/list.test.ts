import { SignJWT } from 'jose'
import { expect } from 'vitest'
import { bearer, it } from '../start-ingress.ts'

const pushKit = 'a1'.repeat(32)
const fcm = 'fcm-registration-token:APA91b_Bob'
const jwtSecret = 'the-secret-of-the-identity-provider'

it('lists everything about a user’s phones except their tokens, the most recently seen first', async ({
  startIngress,
}) => {
  let now = Date.parse('2026-01-01T10:00:00Z')
  const ingress = await startIngress({ clock: () => now })
  const android = await ingress.register({ uid: 'bob', platform: 'android', token: fcm })
  now += 1_500
  const described = { environment: 'sandbox', bundleId: 'com.example.chat', deviceId: 'Bob’s iPhone' }
  const iphone = await ingress.register({ uid: 'bob', platform: 'ios', token: pushKit, ...described })
  await ingress.register({ uid: 'carol', platform: 'android', token: `${fcm}-of-carol` })

  const answer = await ingress.listDevices('?uid=bob')
  expect(answer.status).toBe(200)
  expect(answer.body).toEqual({
    devices: [
      {
        ...{ id: iphone.body.deviceId, platform: 'ios', kind: 'voip', ...described },
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

it('lists when a phone was last seen', async ({ startIngress }) => {
  const registeredAt = Date.parse('2026-01-01T10:00:00Z')
  const ingress = await startIngress({ clock: () => registeredAt })
  await ingress.register({ uid: 'bob', platform: 'android', token: fcm })
  const [device] = await ingress.devices.list('default', 'bob')
  if (!device) throw new Error('the registered device is not listed')
  await ingress.devices.markSeen(device, Date.parse('2026-01-20T10:00:00Z'))
  expect((await ingress.listDevices('?uid=bob')).body.devices).toMatchObject([
    { registeredAt: '2026-01-01T10:00:00.000Z', seenAt: '2026-01-20T10:00:00.000Z' },
  ])
})

it('lists since when and why a phone is set aside', async ({ startIngress }) => {
  const ingress = await startIngress()
  await ingress.register({ uid: 'bob', platform: 'android', token: fcm })
  const [device] = await ingress.devices.list('default', 'bob')
  if (!device) throw new Error('the registered device is not listed')
  for (let refusal = 1; refusal <= 5; refusal += 1) await ingress.devices.countRefusal(device)
  await ingress.devices.setAside(device, 'SENDER_ID_MISMATCH', Date.parse('2026-01-20T10:00:00Z'))
  expect((await ingress.listDevices('?uid=bob')).body.devices).toMatchObject([
    { setAside: { at: '2026-01-20T10:00:00.000Z', reason: 'SENDER_ID_MISMATCH' } },
  ])
})

it('does not list a phone that has not been seen for too long', async ({ startIngress }) => {
  const ingress = await startIngress({ staleMs: 300 })
  await ingress.register({ uid: 'bob', platform: 'android', token: fcm })
  await expect
    .poll(async () => (await ingress.listDevices('?uid=bob')).body.devices, { timeout: 5_000, interval: 100 })
    .toEqual([])
  expect(await ingress.listDeviceKeys()).toEqual([])
})

it('lists no phones for a user without any, and stores nothing', async ({ ingress }) => {
  expect((await ingress.listDevices('?uid=bob')).body).toEqual({ devices: [] })
  expect(await ingress.listDeviceKeys()).toEqual([])
  expect(ingress.log()).toContain('"answer":"listed","count":0')
})

it('refuses to list phones if the request does not name exactly one user', async ({ ingress }) => {
  for (const query of ['', '?uid=', '?uid=bob&uid=carol', '?user=bob']) {
    const answer = await ingress.listDevices(query)
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_registration' } } })
    expect(answer.body.error?.message).toMatch(/^uid: /)
  }
})

it('lists only the caller’s own phones with a JWT', async ({ startIngress }) => {
  const ingress = await startIngress({
    tenant: { registrationAuth: { kind: 'jwt', secret: jwtSecret } },
  })
  const jwt = await new SignJWT({ sub: 'bob' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime('10m')
    .sign(new TextEncoder().encode(jwtSecret))
  await ingress.register({ platform: 'android', token: fcm }, { headers: { authorization: bearer(jwt) } })
  for (const query of ['', '?uid=bob']) {
    expect((await ingress.listDevices(query, bearer(jwt))).body.devices).toHaveLength(1)
  }
  for (const ask of [ingress.listDevices, ingress.listRingable]) {
    expect(await ask('?uid=carol', bearer(jwt))).toMatchObject({
      status: 403,
      body: { error: { code: 'wrong_user' } },
    })
  }
})

it('refuses to list phones without a valid credential, and while registration is closed', async ({
  ingress,
  startIngress,
}) => {
  for (const authorization of ['', bearer('the-key-of-somebody')]) {
    expect(await ingress.listDevices('?uid=bob', authorization)).toMatchObject({
      status: 401,
      body: { error: { code: 'unauthorized' } },
    })
  }
  const closed = await startIngress({ tenant: { registrationAuth: { kind: 'closed' } } })
  expect((await closed.listDevices('?uid=bob')).status).toBe(403)
})
