import { type DeviceKind, deviceIdOf, type Platform, type Registration } from '@ringer/store'
import { expect, it } from 'vitest'
import { APP_ID, SENT_AT as NOW } from '../../payloads/test/webhooks.ts'
import { describeStore, type TestStore } from './describe-store.ts'

const bob = { appId: APP_ID, uid: 'bob' }

describeStore('forgetting several devices of a user', store => {
  const prepare = async () => {
    const { devices } = store()
    for (const registration of bobsDevices) await devices.register(registration, NOW)
    await devices.register({ ...device('carols', 'ios', 'voip', 'iphone-1'), uid: 'carol' }, NOW)
    await devices.register({ ...device('voip-1', 'ios', 'voip', 'iphone-1'), appId: 'another-app' }, NOW)
    return devices
  }

  it.each([
    ['all of them', {}, []],
    ['a phone, by the name that the app gave it', { device: 'iphone-1' }, ['voip-2', 'alert-2', 'fcm']],
    [
      'a token, by the id of its registration',
      { device: deviceIdOf(APP_ID, 'alert-1') },
      ['voip-1', 'voip-2', 'alert-2', 'fcm'],
    ],
    ['a platform', { platform: 'ios' }, ['fcm']],
    ['a kind', { kind: 'voip' }, ['alert-1', 'alert-2', 'fcm']],
    [
      'the kind "both", which is one of its own',
      { kind: 'both' },
      ['voip-1', 'alert-1', 'voip-2', 'alert-2'],
    ],
    ['a platform and a kind', { platform: 'ios', kind: 'alert' }, ['voip-1', 'voip-2', 'fcm']],
    ['a phone and a kind', { device: 'iphone-2', kind: 'voip' }, ['voip-1', 'alert-1', 'alert-2', 'fcm']],
    ['a platform that is none of theirs', { platform: 'android', kind: 'voip' }, tokens()],
    ['a phone that is none of theirs', { device: 'iphone-3' }, tokens()],
    ['a token itself, which is not its name', { device: 'voip-1' }, tokens()],
  ] as const)('takes %s', async (_, selector, left) => {
    const devices = await prepare()
    expect(await devices.unregisterAll(bob, selector)).toBe(bobsDevices.length - left.length)
    expect((await tokensOf(store(), bob.appId, 'bob')).sort()).toEqual([...left].sort())
    for (const token of tokens()) {
      const kept = left.some(other => other === token)
      expect((await devices.get(deviceIdOf(APP_ID, token))) !== undefined).toBe(kept)
    }
    expect(await tokensOf(store(), APP_ID, 'carol')).toEqual(['carols'])
    expect(await tokensOf(store(), 'another-app', 'bob')).toEqual(['voip-1'])
  })

  it('leaves no key of a user who has none any more', async () => {
    const { devices, listKeys } = store()
    await devices.register(device('voip-1', 'ios', 'voip'), NOW)
    expect(await devices.unregisterAll(bob, {})).toBe(1)
    expect(await devices.unregisterAll(bob, {})).toBe(0)
    expect(await listKeys()).toEqual([])
  })

  it('takes no device that has moved, even where a list still names it', async () => {
    const { devices, redis, keys } = store()
    await devices.register(device('voip-1', 'ios', 'voip'), NOW)
    const { deviceId } = await devices.register({ ...device('voip-1', 'ios', 'voip'), uid: 'carol' }, NOW)
    await redis.zadd(keys.user(APP_ID, 'bob'), NOW, deviceId)
    expect(await devices.unregisterAll(bob, {})).toBe(0)
    expect(await tokensOf(store(), APP_ID, 'carol')).toEqual(['voip-1'])
  })
})

function device(token: string, platform: Platform, kind: DeviceKind, deviceId?: string): Registration {
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
