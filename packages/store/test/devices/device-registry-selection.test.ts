import { type DeviceKind, type DeviceRegistration, deviceIdOf, type Platform } from '@ringer/store'
import { expect } from 'vitest'
import { APP_ID, SENT_AT as NOW } from '../../../payloads/test/webhooks.ts'
import { describeStore, type TestStore } from '../describe-store.ts'

const bob = { appId: APP_ID, uid: 'bob' }

describeStore('unregistering several devices of a user', it => {
  const registerAll = async ({ devices }: TestStore) => {
    for (const registration of bobsDevices) await devices.register(registration, NOW)
    await devices.register({ ...device('carols', 'ios', 'voip', 'iphone-1'), uid: 'carol' }, NOW)
    await devices.register({ ...device('voip-1', 'ios', 'voip', 'iphone-1'), appId: 'another-app' }, NOW)
  }

  it.for([
    ['all of them', {}, []],
    ['a phone, by the device id that the app gave it', { device: 'iphone-1' }, ['voip-2', 'alert-2', 'fcm']],
    [
      'a token, by the id of its registration',
      { device: deviceIdOf(APP_ID, 'alert-1') },
      ['voip-1', 'voip-2', 'alert-2', 'fcm'],
    ],
    ['a platform', { platform: 'ios' }, ['fcm']],
    ['a kind', { kind: 'voip' }, ['alert-1', 'alert-2', 'fcm']],
    [
      'the kind "both", which does not include "voip" and "alert"',
      { kind: 'both' },
      ['voip-1', 'alert-1', 'voip-2', 'alert-2'],
    ],
    ['a platform and a kind', { platform: 'ios', kind: 'alert' }, ['voip-1', 'voip-2', 'fcm']],
    ['a phone and a kind', { device: 'iphone-2', kind: 'voip' }, ['voip-1', 'alert-1', 'alert-2', 'fcm']],
    [
      'nothing for a platform and kind that the user does not have',
      { platform: 'android', kind: 'voip' },
      tokens(),
    ],
    ['nothing for a phone that the user does not have', { device: 'iphone-3' }, tokens()],
    ['nothing for a token itself, which is not an id', { device: 'voip-1' }, tokens()],
  ] as const)('removes %s', async ([_, selector, left], { store }) => {
    const { devices } = store
    await registerAll(store)
    expect(await devices.unregisterAll(bob, selector)).toBe(bobsDevices.length - left.length)
    expect((await tokensOf(store, bob.appId, 'bob')).sort()).toEqual([...left].sort())
    for (const token of tokens()) {
      const kept = left.some(other => other === token)
      expect((await devices.get(deviceIdOf(APP_ID, token))) !== undefined).toBe(kept)
    }
    expect(await tokensOf(store, APP_ID, 'carol')).toEqual(['carols'])
    expect(await tokensOf(store, 'another-app', 'bob')).toEqual(['voip-1'])
  })

  it('leaves no key of a user without devices', async ({ store }) => {
    const { devices, listKeys } = store
    await devices.register(device('voip-1', 'ios', 'voip'), NOW)
    expect(await devices.unregisterAll(bob, {})).toBe(1)
    expect(await devices.unregisterAll(bob, {})).toBe(0)
    expect(await listKeys()).toEqual([])
  })

  it('leaves a device that has moved, even if the old list still names it', async ({ store }) => {
    const { devices, redis, keys } = store
    await devices.register(device('voip-1', 'ios', 'voip'), NOW)
    const { deviceId } = await devices.register({ ...device('voip-1', 'ios', 'voip'), uid: 'carol' }, NOW)
    await redis.zadd(keys.user(APP_ID, 'bob'), NOW, deviceId)
    expect(await devices.unregisterAll(bob, {})).toBe(0)
    expect(await tokensOf(store, APP_ID, 'carol')).toEqual(['voip-1'])
  })
})

function device(token: string, platform: Platform, kind: DeviceKind, deviceId?: string): DeviceRegistration {
  return { ...bob, token, platform, kind, deviceId }
}

const bobsDevices = [
  device('voip-1', 'ios', 'voip', 'iphone-1'),
  device('alert-1', 'ios', 'alert', 'iphone-1'),
  device('voip-2', 'ios', 'voip', 'iphone-2'),
  device('alert-2', 'ios', 'alert', 'iphone-2'),
  device('fcm', 'android', 'both'),
]

function tokens(): string[] {
  return bobsDevices.map(({ token }) => token)
}

async function tokensOf({ devices }: TestStore, appId: string, uid: string): Promise<string[]> {
  return (await devices.list(appId, uid)).map(({ token }) => token)
}
