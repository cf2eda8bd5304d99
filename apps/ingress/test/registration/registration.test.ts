import { describe, expect } from 'vitest'
import { send } from '../send.ts'
import { bearer, it, registrationKey } from '../start-ingress.ts'

const iphone = 'a1'.repeat(32)
const android = 'fcm-registration-token:APA91b_Bob'
const unregister = { path: '/api/push/unregister' }

describe('a phone', () => {
  it('is registered with every field of the request', async ({ ingress }) => {
    const described = {
      uid: 'bob',
      platform: 'ios',
      kind: 'alert',
      environment: 'sandbox',
      bundleId: 'com.example.chat',
      deviceId: 'Bob’s iPhone',
    }
    const answer = await ingress.register({ ...described, token: iphone })
    expect(answer).toMatchObject({ status: 200, body: { status: 'registered' } })
    const [device, ...others] = await ingress.devices.list('default', 'bob')
    expect(device).toEqual({
      ...described,
      token: iphone,
      appId: 'default',
      id: answer.body.deviceId,
      registeredAt: expect.any(Number),
      seenAt: device?.registeredAt,
    })
    expect(others).toEqual([])
  })

  it('is logged with its user, unless users are not to be logged', async ({ ingress, startIngress }) => {
    const phone = { uid: 'user-20417', platform: 'android', token: android }
    const { body } = await ingress.register(phone)
    const lines = ingress.log().split('\n')
    expect(JSON.parse(lines.find(line => line.includes('"registration"')) ?? '')).toMatchObject({
      ...{ answer: 'registered', app: 'default', uid: 'user-20417', deviceId: body.deviceId },
    })
    const discreet = await startIngress({ logUids: false })
    await discreet.register(phone)
    expect(discreet.log()).toContain('"registration"')
    expect(discreet.log()).not.toContain('user-20417')
  })

  it('is registered with just a platform, a token and a user', async ({ ingress }) => {
    await ingress.register({ uid: 'bob', platform: 'android', token: android })
    expect(await ingress.devices.list('default', 'bob')).toMatchObject([{ kind: 'both', token: android }])
  })

  it.for(['com.example.chat', 'com.example.my_app-2'])(
    'may have the bundle id %s',
    async (bundleId, { ingress }) => {
      const answer = await ingress.register({ uid: 'bob', platform: 'ios', token: iphone, bundleId })
      expect(answer.status).toBe(200)
    },
  )

  it('is the same phone whether its hex token is in upper or lower case', async ({ ingress }) => {
    const upper = await ingress.register({ uid: 'bob', platform: 'ios', token: iphone.toUpperCase() })
    const lower = await ingress.register({ uid: 'bob', platform: 'ios', token: iphone })
    expect(upper.body.deviceId).toBe(lower.body.deviceId)
    expect(await ingress.devices.list('default', 'bob')).toMatchObject([{ token: iphone }])
    const gone = await ingress.register({ uid: 'bob', token: iphone.toUpperCase() }, unregister)
    expect(gone.body).toEqual({ status: 'unregistered', count: 1 })
  })

  it('keeps the case of a token that is not hex', async ({ ingress }) => {
    await ingress.register({ uid: 'bob', platform: 'android', token: android.toUpperCase() })
    expect(await ingress.devices.list('default', 'bob')).toMatchObject([{ token: android.toUpperCase() }])
  })

  it('moves to the user who logs in on it (F28)', async ({ ingress }) => {
    await ingress.register({ uid: 'bob', platform: 'ios', token: iphone })
    await ingress.register({ uid: 'carol', platform: 'ios', token: iphone.toUpperCase() })
    expect(await ingress.devices.list('default', 'bob')).toEqual([])
    expect(await ingress.devices.list('default', 'carol')).toHaveLength(1)
  })

  it('is unregistered only by its owner, and only once', async ({ ingress }) => {
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

  it('is updated when it is registered again', async ({ startIngress }) => {
    let now = Date.parse('2026-01-01')
    const aging = await startIngress({ clock: () => now })
    const first = await aging.register({ uid: 'bob', platform: 'ios', token: iphone, environment: 'sandbox' })
    now += 1_000
    const second = await aging.register({ uid: 'bob', platform: 'ios', token: iphone })
    expect(second.body).toEqual(first.body)
    const [device, ...others] = await aging.devices.list('default', 'bob')
    expect(device).toMatchObject({ registeredAt: now, seenAt: now })
    expect(device).not.toHaveProperty('environment')
    expect(others).toEqual([])
  })

  it('has one token of a kind under its device id, the one that was registered last (F50)', async ({
    ingress,
  }) => {
    const phone = { uid: 'bob', platform: 'ios', deviceId: 'Bob’s iPhone' }
    const former = await ingress.register({ ...phone, token: iphone })
    const alert = await ingress.register({ ...phone, kind: 'alert', token: 'b2'.repeat(32) })
    const refreshed = await ingress.register({ ...phone, token: 'c3'.repeat(32) })
    expect(refreshed.body.deviceId).not.toBe(former.body.deviceId)
    const { body } = await ingress.listDevices('?uid=bob')
    expect(body.devices).toHaveLength(2)
    expect(body.devices).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ id: refreshed.body.deviceId, kind: 'voip' }),
        expect.objectContaining({ id: alert.body.deviceId, kind: 'alert' }),
      ]),
    )
  })

  it('belongs to the configured tenant', async ({ startIngress }) => {
    const strict = await startIngress({ tenant: { appId: 'app-7' } })
    await strict.register({ uid: 'bob', platform: 'android', token: android })
    expect(await strict.devices.list('app-7', 'bob')).toHaveLength(1)
  })

  it('is logged by its id and without its token', async ({ ingress }) => {
    const { body } = await ingress.register({ uid: 'bob', platform: 'android', token: android })
    expect(ingress.log()).toContain(`"answer":"registered","deviceId":"${body.deviceId}"`)
    expect(ingress.log()).not.toContain(android)
  })
})

describe('an invalid body', () => {
  const hush = 'hush9d1f0c'
  const right = { uid: 'bob', platform: 'ios', token: iphone }

  it.for<[string, object, string[]]>([
    ['no fields', {}, ['platform', 'token']],
    ['no user', { ...right, uid: undefined }, ['uid']],
    ['an empty user', { ...right, uid: '' }, ['uid']],
    ['a user with a trailing space', { ...right, uid: 'bob ' }, ['uid']],
    ['a user with half a character', { ...right, uid: 'bob\ud83d' }, ['uid']],
    ['a number for a user', { ...right, uid: 7 }, ['uid']],
    ['a list for a user', { ...right, uid: [hush] }, ['uid']],
    ['a user too long', { ...right, uid: hush.repeat(11) }, ['uid']],
    ['an unknown platform', { ...right, platform: hush }, ['platform']],
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
    [
      'two tokens of a kind for one phone',
      { ...right, voipToken: 'b2'.repeat(32), deviceId: 'Bob’s iPhone' },
      ['voipToken'],
    ],
    ['an unknown kind', { ...right, kind: hush }, ['kind']],
    ['an unknown environment', { ...right, environment: hush }, ['environment']],
    ['an empty bundle id', { ...right, bundleId: '' }, ['bundleId']],
    ['half a surrogate pair in the name of a phone', { ...right, deviceId: 'phone \ud83d' }, ['deviceId']],
    [
      'every field wrong',
      { uid: {}, platform: 1, token: [], kind: hush, environment: hush, deviceId: 2 },
      ['uid', 'platform', 'token', 'kind', 'environment', 'deviceId'],
    ],
  ])(
    'is answered 400 with the names of the fields, and never with the token: %s',
    async ([_, body, names], { ingress }) => {
      const answer = await ingress.register(body)
      expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_registration' } } })
      for (const name of names) expect(answer.body.error?.message).toContain(`${name}: `)
      expect(answer.text + ingress.log()).not.toMatch(/hush9d1f0c|a1a1a1/)
      expect(await ingress.listKeys()).toEqual([])
    },
  )

  it.for(['a\u0000b', 'com.example.chat\r\napns-push-type: alert', 'é', 'a b', 'a'.repeat(156)])(
    'is refused for a bundle id that does not fit into the header of a push: %j',
    async (bundleId, { ingress }) => {
      const answer = await ingress.register({ ...right, bundleId })
      expect(answer).toMatchObject({
        status: 400,
        body: { error: { message: expect.stringMatching(/^bundleId: must be the app's bundle id/) } },
      })
      expect(await ingress.devices.list('default', 'bob')).toEqual([])
    },
  )

  // Alerts to the topic of an app's VoIP pushes might reach its phones as pushes that are no calls. iOS stops delivering to an app
  // that gets such ones.
  it('is refused with the topic of VoIP pushes as the bundle id of a token for alerts', async ({
    ingress,
  }) => {
    const alert = { ...right, kind: 'alert', bundleId: 'com.example.chat.voip' }
    expect(await ingress.register(alert)).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringMatching(/^bundleId: .*topic of VoIP/) } },
    })
    expect((await ingress.register({ ...alert, kind: 'voip' })).status).toBe(200)
  })

  it.for<[string, object, string]>([
    ['no token', { uid: 'bob' }, 'token'],
    ['no user', { token: iphone }, 'uid'],
    ['a list of tokens', { uid: 'bob', token: [hush] }, 'token'],
    ['a token too long', { uid: 'bob', token: hush.repeat(410) }, 'token'],
  ])('unregisters nothing: %s', async ([_, body, name], { ingress }) => {
    await ingress.register(right)
    const answer = await ingress.register(body, unregister)
    expect(answer.status).toBe(400)
    expect(answer.body.error?.message).toContain(`${name}: `)
    expect(answer.text + ingress.log()).not.toMatch(/hush9d1f0c|a1a1a1/)
    expect(await ingress.devices.list('default', 'bob')).toHaveLength(1)
  })
})

describe.each(['/api/push/register', '/api/push/unregister'])('with REGISTRATION_AUTH=key, %s', path => {
  const body = { uid: 'bob', platform: 'android', token: android }

  it.for<[string, string | string[] | undefined]>([
    ['no header', undefined],
    ['an empty header', ''],
    ['another key', bearer('the-key-of-somebody')],
    ['a key one character longer', bearer(`${registrationKey}x`)],
    ['a key one character shorter', bearer(registrationKey.slice(0, -1))],
    ['the key in another case', bearer(registrationKey.toUpperCase())],
    ['the key without a scheme', registrationKey],
    ['the key as Basic', `Basic ${registrationKey}`],
    ['the scheme alone', 'Bearer '],
    ['text after the key', `${bearer(registrationKey)} x`],
    ['two keys, the first right', [bearer(registrationKey), bearer('x')]],
  ])('answers 401 to %s', async ([_, authorization], { ingress }) => {
    const headers: Record<string, string | string[]> = authorization === undefined ? {} : { authorization }
    const answer = await send(`${ingress.url}${path}`, { body: JSON.stringify(body), headers })
    expect(answer).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } })
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="ringer"')
    expect(await ingress.listKeys()).toEqual([])
    expect(answer.text + ingress.log()).not.toMatch(/the-key-of|APA91b/)
  })

  it.for(['bearer', 'BEARER', 'Bearer '])(
    'accepts the scheme in any case: %s',
    async (scheme, { ingress }) => {
      const answer = await ingress.register(body, {
        path,
        headers: { authorization: `${scheme} ${registrationKey}` },
      })
      expect(answer.status).toBe(200)
    },
  )

  it('does not accept the key in another header', async ({ ingress }) => {
    const headers = { 'x-api-key': registrationKey }
    expect((await send(`${ingress.url}${path}`, { body: JSON.stringify(body), headers })).status).toBe(401)
  })
})

describe('the registration of a phone', () => {
  it('is open to anybody with REGISTRATION_AUTH=none', async ({ startIngress }) => {
    const open = await startIngress({ tenant: { registrationAuth: { kind: 'none' } } })
    const body = JSON.stringify({ uid: 'bob', platform: 'android', token: android })
    expect((await send(`${open.url}/api/push/register`, { body })).status).toBe(200)
    expect((await send(`${open.url}/api/push/unregister`, { body })).body).toMatchObject({
      status: 'unregistered',
    })
  })

  it('is closed without REGISTRATION_AUTH, even to a caller with a key', async ({ startIngress }) => {
    const closed = await startIngress({ tenant: { registrationAuth: { kind: 'closed' } } })
    const answer = await closed.register({ uid: 'bob', platform: 'android', token: android })
    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'registration_closed' } } })
    expect(answer.body.error?.message).toContain('REGISTRATION_AUTH')
    expect(await closed.listKeys()).toEqual([])
  })
})
