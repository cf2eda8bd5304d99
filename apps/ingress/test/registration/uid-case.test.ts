import { startFakeCometChat } from '@ringer/fakes/cometchat'
import { createCometChatApi } from '@ringer/service'
import { SignJWT } from 'jose'
import { describe, expect, onTestFinished } from 'vitest'
import { bearer, it } from '../start-ingress.ts'

// CometChat lower-cases uids when users are created. An app registers the uid from its own database.

const token = 'fcm-registration-token:APA91b_Superhero'
const phone = { platform: 'android', token, deviceId: 'Pixel' }

describe('a phone registered for SUPERHERO1', () => {
  it('is listed, reported and unregistered in any case (F40)', async ({ startIngress }) => {
    const ingress = await startIngress()
    const { body } = await ingress.register({ ...phone, uid: 'SUPERHERO1' })
    expect(await ingress.devices.list('default', 'superhero1')).toMatchObject([{ id: body.deviceId, token }])
    expect((await ingress.listDevices('?uid=SuperHero1')).body.devices).toHaveLength(1)

    const report = { uid: 'Superhero1', sessionId: 'v1.eu.Session', deviceId: 'Pixel' }
    expect((await ingress.register(report, { path: '/api/push/answered' })).body.status).toBe('queued')
    expect(await ingress.storedJobs()).toMatchObject([
      { event: { kind: 'answer', uid: 'superhero1', sessionId: 'v1.eu.Session', deviceId: body.deviceId } },
    ])

    const unregister = { path: '/api/push/unregister' }
    expect((await ingress.register({ uid: 'sUPERHERO1', token }, unregister)).body.count).toBe(1)
    expect(await ingress.listDeviceKeys()).toEqual([])
  })

  it('is stored under keys that do not depend on the case of the uid', async ({ startIngress }) => {
    const ingress = await startIngress()
    await ingress.register({ ...phone, uid: 'SUPERHERO1' })
    const keys = await ingress.listKeys()
    await ingress.register({ ...phone, uid: 'superhero1' })
    expect((await ingress.listKeys()).sort()).toEqual(keys.sort())
    expect(keys.join()).not.toContain('SUPERHERO1')
  })

  it('shares its limit of changes with superhero1', async ({ startIngress }) => {
    const ingress = await startIngress({ changesPerMinute: 1 })
    expect((await ingress.register({ ...phone, uid: 'SUPERHERO1' })).status).toBe(200)
    expect((await ingress.register({ ...phone, uid: 'superhero1' })).status).toBe(429)
  })
})

describe('a user whose credential and body write the uid differently', () => {
  it('is accepted with a JWT', async ({ startIngress }) => {
    const secret = 'the-secret-of-the-identity-provider'
    const ingress = await startIngress({
      tenant: { registrationAuth: { kind: 'jwt', secret } },
    })
    const jwt = await new SignJWT({ sub: 'SUPERHERO1' })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuedAt()
      .setExpirationTime('10 min')
      .sign(new TextEncoder().encode(secret))
    const as = { headers: { authorization: bearer(jwt) } }
    expect((await ingress.register({ ...phone, uid: 'superhero1' }, as)).status).toBe(200)
    expect((await ingress.register(phone, as)).status).toBe(200)
    expect((await ingress.register({ ...phone, uid: 'SuperHero2' }, as)).status).toBe(403)
    expect(await ingress.devices.list('default', 'superhero1')).toHaveLength(1)
  })

  it("is accepted with CometChat's auth token, also with one that does not name its user", async ({
    startIngress,
  }) => {
    const cometchat = await startFakeCometChat()
    onTestFinished(() => cometchat.close())
    cometchat.authTokens.set('opaque', 'SUPERHERO1')
    cometchat.authTokens.set('SUPERHERO1_1710141033938cf7e3c67cc4', 'SUPERHERO1')
    const check = createCometChatApi(cometchat).checkAuthToken
    const ingress = await startIngress({
      tenant: { registrationAuth: { kind: 'cometchat', check } },
    })
    for (const authToken of cometchat.authTokens.keys()) {
      const as = { headers: { authorization: bearer(authToken) } }
      expect((await ingress.register({ ...phone, uid: 'SUPERHERO1' }, as)).status, authToken).toBe(200)
    }
    expect(await ingress.devices.list('default', 'superhero1')).toHaveLength(1)
  })
})
