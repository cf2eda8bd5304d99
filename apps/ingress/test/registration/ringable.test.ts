import { describe, expect } from 'vitest'
import { it, type StartedIngress } from '../start-ingress.ts'

const android = { uid: 'bob', platform: 'android', token: 'fcm-registration-token:APA91bBob_android' }
const iphone = { uid: 'bob', platform: 'ios', token: 'a1'.repeat(32) }

const healthy = {
  ...{ notificationsAllowed: true, channelImportance: 4, sound: true, fullScreenIntentAllowed: true },
  ...{ batteryOptimised: false, standbyBucket: 10, appVersion: '3.2.1 (417)', osVersion: 'Android 16' },
}

async function ask({ listRingable }: StartedIngress, query = '?uid=bob') {
  const { status, body } = await listRingable(query)
  expect(status).toBe(200)
  return body as {
    ringable: boolean
    devices: { rings: string; diagnosis?: { code: string; fix: string }; health: object }[]
  }
}

describe('a registration', () => {
  it('stores the phone’s reported health, and the list of phones shows it', async ({ ingress }) => {
    expect((await ingress.register({ ...android, ...healthy })).status).toBe(200)
    const { body } = await ingress.listDevices('?uid=bob')
    expect(body).toMatchObject({ devices: [{ health: healthy }] })
  })

  it('replaces the phone’s reported health: fields that are missing now are forgotten', async ({
    ingress,
  }) => {
    await ingress.register({ ...android, ...healthy })
    await ingress.register({ ...android, sound: false, appVersion: null })
    expect((await ask(ingress)).devices[0]?.health).toEqual({ sound: false })
  })

  it.for([
    ['notificationsAllowed', 'yes', 'must be true or false'],
    ['channelImportance', 6, '0 (none) to 5'],
    ['channelImportance', -1000, '0 (none) to 5'],
    ['channelImportance', 3.5, '0 (none) to 5'],
    ['sound', 1, 'must be true or false'],
    ['fullScreenIntentAllowed', 'true', 'must be true or false'],
    ['batteryOptimised', 0, 'must be true or false'],
    ['standbyBucket', 15, '5, 10, 20, 30, 40, 45, 50'],
    ['standbyBucket', '10', 'must be a whole number'],
    ['appVersion', '', '1 to 64'],
    ['appVersion', 'v'.repeat(65), '1 to 64'],
    ['osVersion', 'Android\n16', '1 to 64'],
    ['osVersion', 16, 'must be a string'],
  ] as const)(
    'with %s %j is refused, and the answer names the field',
    async ([field, value, rule], { ingress }) => {
      const { status, body } = await ingress.register({ ...android, [field]: value })
      expect(status).toBe(400)
      expect(JSON.stringify(body)).toContain(`${field}: `)
      expect(JSON.stringify(body)).toContain(rule)
      expect(await ingress.listDeviceKeys()).toEqual([])
    },
  )
})

describe('whether a phone would ring', () => {
  it.for([
    ['nothing is known of the phone', {}, 'yes', undefined],
    ['all is well', healthy, 'yes', undefined],
    ['notifications are off', { ...healthy, notificationsAllowed: false }, 'no', 'notifications-off'],
    ['the channel is off', { ...healthy, channelImportance: 0 }, 'no', 'notifications-off'],
    ['the channel is silent', { ...healthy, channelImportance: 2 }, 'no', 'channel-silent'],
    ['the channel has no sound', { ...healthy, sound: false }, 'no', 'channel-silent'],
    ['the app is hardly used', { standbyBucket: 45 }, 'unsure', 'battery-restricted'],
    [
      'the app is rarely used, but is exempt',
      { standbyBucket: 45, batteryOptimised: false },
      'yes',
      undefined,
    ],
    [
      'the app may not use full-screen intents',
      { fullScreenIntentAllowed: false },
      'yes',
      'full-screen-denied',
    ],
  ] as const)('is “$2” if $0', async ([, health, rings, code], { ingress }) => {
    await ingress.register({ ...android, ...health })
    const { ringable, devices } = await ask(ingress)
    expect(ringable).toBe(rings !== 'no')
    expect(devices.map(device => [device.rings, device.diagnosis?.code])).toEqual([[rings, code]])
    if (code) expect(devices[0]?.diagnosis?.fix).toMatch(/^[A-Z]/)
  })

  it('does not depend on notifications for an iPhone, which rings through CallKit', async ({ ingress }) => {
    await ingress.register({ ...iphone, notificationsAllowed: false })
    expect((await ask(ingress)).devices[0]?.rings).toBe('yes')
  })

  it('is no for a token that is for notifications only, and for a phone that is set aside', async ({
    ingress,
  }) => {
    await ingress.register({ ...iphone, kind: 'alert' })
    await ingress.register(android)
    const [device] = await ingress.devices
      .list('default', 'bob')
      .then(all => all.filter(each => each.kind === 'both'))
    if (!device) throw new Error('the phone was not registered')
    for (let refusals = 0; refusals < 5; refusals += 1) await ingress.devices.countRefusal(device)
    await ingress.devices.setAside(device, 'UNREGISTERED', Date.now())
    const { ringable, devices } = await ask(ingress)
    expect(ringable).toBe(false)
    expect(devices.map(({ diagnosis }) => diagnosis?.code).sort()).toEqual([
      'device-retired',
      'only-alert-tokens',
    ])
  })

  it('is no for a user without a phone', async ({ ingress }) => {
    expect(await ask(ingress, '?uid=nobody')).toEqual({ uid: 'nobody', ringable: false, devices: [] })
  })
})

describe('the answer to which phones would ring', () => {
  it('needs the same credential as a registration', async ({ ingress }) => {
    expect((await ingress.listRingable('?uid=bob', 'Bearer wrong-wrong-wrong')).status).toBe(401)
    expect((await ingress.listRingable('')).status).toBe(400)
  })

  it('contains no token', async ({ ingress }) => {
    await ingress.register(android)
    await ingress.register(iphone)
    const { body } = await ingress.listRingable('?uid=bob')
    for (const { token } of [android, iphone]) expect(JSON.stringify(body)).not.toContain(token)
  })
})
