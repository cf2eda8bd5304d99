import { connectPatient, createDeviceRegistry, type DeviceRegistration, deviceIdOf } from '@ringer/store'
import { expect } from 'vitest'
import { APP_ID, SENT_AT as NOW } from '../../../payloads/test/webhooks.ts'
import { describeStore, type TestStore } from '../describe-store.ts'

// Apple and Google replace a phone's token from time to time. The app registers the new one under its own name for the phone.

const phone = (token: string, more: Partial<DeviceRegistration> = {}): DeviceRegistration => ({
  ...{ appId: APP_ID, uid: 'bob', platform: 'ios', kind: 'voip', deviceId: 'phone-1', token },
  ...more,
})

describeStore('a token with a device id that the user has already', it => {
  it.for<[string, Partial<DeviceRegistration>]>([
    ['of the same kind', {}],
    ['of another build of the app', { environment: 'sandbox', bundleId: 'com.example.beta' }],
    ['on Android', { platform: 'android', kind: 'both' }],
  ])('replaces the former token: %s (F50)', async ([_, more], { store }) => {
    const { devices, listKeys } = store
    const old = await devices.register(phone('old', { ...more, environment: undefined }), NOW)
    const { moved } = await devices.register(phone('new', more), NOW + 1)
    expect(moved).toBe(false)
    expect(await tokensOf(store, 'bob')).toEqual(['new'])
    expect(await devices.get(old.deviceId)).toBeUndefined()
    expect(await listKeys()).toHaveLength(2)
  })

  it.for<[string, Partial<DeviceRegistration>]>([
    ['of the other kind', { kind: 'alert' }],
    ['of another platform', { platform: 'android' }],
    ['of another phone', { deviceId: 'phone-2' }],
    ['of a phone without a device id', { deviceId: undefined }],
    ['of another user, whose app gave the same name', { uid: 'carol' }],
    ['of another app', { appId: 'another-app' }],
  ])('keeps a token %s', async ([_, more], { store }) => {
    const other = phone('other', more)
    const { deviceId } = await store.devices.register(other, NOW)
    await store.devices.register(phone('old'), NOW + 1)
    await store.devices.register(phone('new'), NOW + 2)
    expect(await store.devices.get(deviceId)).toMatchObject(JSON.parse(JSON.stringify(other)))
    expect(await store.devices.get(deviceIdOf(APP_ID, 'old'))).toBeUndefined()
  })

  it('keeps the tokens of phones without a device id', async ({ store }) => {
    await store.devices.register(phone('first', { deviceId: undefined }), NOW)
    await store.devices.register(phone('second', { deviceId: undefined }), NOW + 1)
    expect(await tokensOf(store, 'bob')).toEqual(['second', 'first'])
  })

  it.for([
    ['both', ['voip', 'alert']],
    ['voip', ['both']],
    ['alert', ['both']],
  ] as const)('replaces tokens for the same pushes: %s replaces %s', async ([kind, replaced], { store }) => {
    const android = { platform: 'android' }
    for (const former of replaced)
      await store.devices.register(phone(`old-${former}`, { ...android, kind: former }), NOW)
    expect(await tokensOf(store, 'bob')).toHaveLength(replaced.length)
    await store.devices.register(phone('new', { ...android, kind }), NOW + 1)
    expect(await tokensOf(store, 'bob')).toEqual(['new'])
  })

  it('replaces the former token also if the new one was another user’s before', async ({ store }) => {
    const { devices } = store
    await devices.register(phone('bobs-old'), NOW)
    await devices.register(phone('carols', { uid: 'carol' }), NOW)
    const { moved } = await devices.register(phone('carols'), NOW + 1)
    expect(moved).toBe(true)
    expect(await tokensOf(store, 'bob')).toEqual(['carols'])
    expect(await tokensOf(store, 'carol')).toEqual([])
  })

  it('leaves one token when many are registered at once', async ({ store }) => {
    const { target, keys, redis, listKeys } = store
    const connections = Array.from({ length: 4 }, () => connectPatient(target))
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const registry = createDeviceRegistry(connections[index % connections.length] ?? redis, keys)
        return registry.register(phone(`token-${index}`), NOW + index)
      }),
    )
    for (const connection of connections) connection.disconnect()
    expect(await tokensOf(store, 'bob')).toHaveLength(1)
    expect(await listKeys()).toHaveLength(2)
  })

  it('leaves room for as many phones as before, however often their tokens change', async ({ store }) => {
    const { devices } = store
    await devices.register(phone('second', { deviceId: 'phone-2' }), NOW)
    for (let refresh = 0; refresh < 30; refresh += 1)
      await devices.register(phone(`token-${refresh}`), NOW + 1 + refresh)
    expect(await tokensOf(store, 'bob')).toEqual(['token-29', 'second'])
  })
})

// Firebase replaces registration tokens by installation ids. The token of an installation begins with its id.
describeStore('a new token of the same installation', it => {
  const android = (token: string, more: Partial<DeviceRegistration> = {}) =>
    phone(token, { platform: 'android', kind: 'both', deviceId: undefined, ...more })

  it.for([
    ['the id replaces the token', 'c1:APA91b', { token: 'fid:c1', replaces: 'c1:' }],
    ['the token replaces the id', 'fid:c1', { token: 'c1:APA91b', replaces: 'fid:c1' }],
  ] as const)('replaces the former one: %s', async ([, former, { token, replaces }], { store }) => {
    await store.devices.register(android(former), NOW)
    await store.devices.register(android(token, { replaces }), NOW + 1)
    const [device, ...others] = await store.devices.list(APP_ID, 'bob')
    expect(others).toEqual([])
    expect(device).toMatchObject({ token })
    expect(device).not.toHaveProperty('replaces')
  })

  it.for<[string, Partial<DeviceRegistration>]>([
    ['of another user', { uid: 'carol' }],
    ['of another app', { appId: 'another-app' }],
    ['of another platform', { platform: 'web-fcm' }],
  ])('keeps a token %s', async ([, more], { store }) => {
    const other = await store.devices.register(android('c1:APA91b', more), NOW)
    await store.devices.register(android('fid:c1', { replaces: 'c1:' }), NOW + 1)
    expect(await store.devices.get(other.deviceId)).toMatchObject({ token: 'c1:APA91b' })
  })

  it('keeps those of other installations', async ({ store }) => {
    await store.devices.register(android('c2:APA91b'), NOW)
    await store.devices.register(android('fid:c1', { replaces: 'c1:' }), NOW + 1)
    expect(await tokensOf(store, 'bob')).toEqual(['fid:c1', 'c2:APA91b'])
  })
})

async function tokensOf({ devices }: TestStore, uid: string): Promise<string[]> {
  return (await devices.list(APP_ID, uid)).map(({ token }) => token)
}
