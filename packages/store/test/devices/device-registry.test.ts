import {
  connectPatient,
  createDeviceRegistry,
  DEVICES_PER_USER,
  type DeviceRegistration,
  type DeviceRegistry,
  deviceIdOf,
} from '@ringer/store'
import { describe, expect } from 'vitest'
import { APP_ID, SENT_AT as NOW } from '../../../payloads/test/webhooks.ts'
import { describeStore, type TestStore } from '../describe-store.ts'

const TOKEN = '7f'.repeat(32)
const iphone = (uid: string, token = TOKEN): DeviceRegistration => ({
  appId: APP_ID,
  uid,
  platform: 'ios',
  kind: 'voip',
  token,
})
const bob = { appId: APP_ID, uid: 'bob' }

describeStore('the device registry', storeIt => {
  const it = storeIt.extend(
    'registered',
    ({ store: { devices } }) =>
      async (registration = iphone('bob')) => {
        const { deviceId } = await devices.register(registration, NOW)
        const device = await devices.get(deviceId)
        if (!device) throw new Error('a device that was registered can be read')
        return device
      },
  )

  it('stores what an app registers, and when', async ({ store }) => {
    const { devices } = store
    const whole: DeviceRegistration = {
      ...iphone('bob'),
      environment: 'sandbox',
      bundleId: 'com.example.chat',
      deviceId: 'Bob’s 📱 "old"',
    }
    const { deviceId, moved } = await devices.register(whole, NOW)
    expect(moved).toBe(false)
    const stored = { ...whole, id: deviceId, registeredAt: NOW, seenAt: NOW }
    expect(await devices.get(deviceId)).toEqual(stored)
    expect(await devices.list(APP_ID, 'bob')).toEqual([stored])
  })

  it('drops the fields of an earlier registration that a later one leaves out', async ({ store }) => {
    const { devices } = store
    await devices.register({ ...iphone('bob'), environment: 'sandbox', bundleId: 'com.example.chat' }, NOW)
    const { deviceId, moved } = await devices.register(iphone('bob'), NOW + 1)
    expect(moved).toBe(false)
    expect(await devices.get(deviceId)).toEqual({
      ...iphone('bob'),
      ...{ id: deviceId, registeredAt: NOW + 1, seenAt: NOW + 1 },
    })
    expect(await devices.list(APP_ID, 'bob')).toHaveLength(1)
  })

  it('gives a device an id that does not reveal its token', async ({ store }) => {
    const { deviceId } = await store.devices.register(iphone('bob'), NOW)
    expect(deviceId).toMatch(/^[0-9a-f]{32}$/)
    expect(deviceId).not.toContain(TOKEN.slice(0, 8))
    expect(deviceId).toBe(deviceIdOf(APP_ID, TOKEN))
  })

  it('lists the most recently seen devices first', async ({ store }) => {
    const { devices } = store
    await devices.register(iphone('bob', 'first'), NOW)
    await devices.register(iphone('bob', 'second'), NOW + 1)
    await devices.register(iphone('bob', 'third'), NOW + 2)
    await devices.register(iphone('bob', 'first'), NOW + 3)
    expect(await tokensOf(store, 'bob')).toEqual(['first', 'third', 'second'])
  })

  it('keeps the same token apart for two tenants', async ({ store }) => {
    const { devices } = store
    await devices.register(iphone('bob'), NOW)
    expect(await devices.register({ ...iphone('carol'), appId: 'another-app' }, NOW)).toMatchObject({
      moved: false,
    })
    expect(await tokensOf(store, 'bob')).toEqual([TOKEN])
  })

  describe('a login', () => {
    it('moves the phone from its previous user', async ({ store }) => {
      const { devices, redis, keys } = store
      await devices.register(iphone('bob'), NOW)
      await devices.register(iphone('bob', 'other'), NOW)
      const { deviceId, moved } = await devices.register(iphone('carol'), NOW + 1)
      expect(moved).toBe(true)
      expect(await tokensOf(store, 'bob')).toEqual(['other'])
      expect(await tokensOf(store, 'carol')).toEqual([TOKEN])
      expect(await devices.get(deviceId)).toMatchObject({ uid: 'carol' })
      expect(await redis.zscore(keys.user(APP_ID, 'bob'), deviceId)).toBeNull()
    })

    it('leaves one owner in every key when 20 users log in to a phone at once', async ({ store }) => {
      const { target, keys, redis, listKeys } = store
      const connections = Array.from({ length: 4 }, () => connectPatient(target))
      const uids = Array.from({ length: 20 }, (_, user) => `user-${user}`)
      await Promise.all(
        uids.map((uid, user) => {
          const registry = createDeviceRegistry(connections[user % connections.length] ?? redis, keys)
          return registry.register(iphone(uid), NOW + user)
        }),
      )
      for (const connection of connections) connection.disconnect()

      const id = deviceIdOf(APP_ID, TOKEN)
      const scores = await Promise.all(uids.map(uid => redis.zscore(keys.user(APP_ID, uid), id)))
      const owners = uids.filter((_, user) => scores[user] !== null)
      expect(owners).toHaveLength(1)
      expect(await redis.hget(keys.device(id), 'uid')).toBe(owners[0])
      const lists = await Promise.all(uids.map(uid => tokensOf(store, uid)))
      expect(lists.flat()).toEqual([TOKEN])
      // Besides the device and its user, there is each user's count of moves, which expires.
      expect((await listKeys()).filter(key => !key.includes(':moves:'))).toHaveLength(2)
    })
  })

  describe('the limit of a user', () => {
    const phone = (number: number) => `phone-${String(number).padStart(2, '0')}`

    it(`of ${DEVICES_PER_USER} devices drops the least recently seen, with all their keys`, async ({
      store,
    }) => {
      const { devices, listKeys } = store
      for (let number = 0; number < DEVICES_PER_USER + 5; number += 1) {
        await devices.register(iphone('bob', phone(number)), NOW + number)
      }
      const tokens = await tokensOf(store, 'bob')
      expect(tokens).toHaveLength(20)
      expect(tokens.at(0)).toBe(phone(24))
      expect(tokens.at(-1)).toBe(phone(5))
      expect(await devices.get(deviceIdOf(APP_ID, phone(4)))).toBeUndefined()
      expect(await listKeys()).toHaveLength(21)
    })

    it('spares a device that was seen again', async ({ store }) => {
      const { devices } = store
      for (let number = 0; number < DEVICES_PER_USER; number += 1) {
        await devices.register(iphone('bob', phone(number)), NOW + number)
      }
      await devices.register(iphone('bob', phone(0)), NOW + 100)
      await devices.register(iphone('bob', 'new'), NOW + 101)
      const tokens = await tokensOf(store, 'bob')
      expect(tokens).toHaveLength(20)
      expect(tokens).toContain(phone(0))
      expect(tokens).not.toContain(phone(1))
    })

    it('does not affect other users', async ({ store }) => {
      const { devices } = store
      await devices.register(iphone('carol', 'carols'), NOW - 1_000)
      await Promise.all(
        Array.from({ length: 40 }, (_, number) =>
          devices.register(iphone('bob', phone(number)), NOW + number),
        ),
      )
      expect(await tokensOf(store, 'bob')).toHaveLength(20)
      expect(await tokensOf(store, 'carol')).toEqual(['carols'])
    })
  })

  describe('a logout', () => {
    it('removes the phone, once', async ({ store }) => {
      const { devices, listKeys } = store
      await devices.register(iphone('bob'), NOW)
      expect(await devices.unregister(bob, TOKEN)).toBe(true)
      expect(await devices.unregister(bob, TOKEN)).toBe(false)
      expect(await listKeys()).toEqual([])
    })

    it('cannot remove a phone that belongs to somebody else', async ({ store }) => {
      const { devices } = store
      await devices.register(iphone('carol'), NOW)
      expect(await devices.unregister(bob, TOKEN)).toBe(false)
      expect(await devices.unregister({ ...bob, uid: '' }, TOKEN)).toBe(false)
      expect(await devices.unregister({ appId: 'another-app', uid: 'carol' }, TOKEN)).toBe(false)
      expect(await tokensOf(store, 'carol')).toEqual([TOKEN])
    })

    it('that arrives after the next user’s login leaves that user’s phone alone', async ({ store }) => {
      const { devices } = store
      await devices.register(iphone('bob'), NOW)
      await devices.register(iphone('carol'), NOW + 1)
      expect(await devices.unregister(bob, TOKEN)).toBe(false)
      expect(await tokensOf(store, 'carol')).toEqual([TOKEN])
    })
  })

  describe('an environment that proved correct', () => {
    it('is stored with a device that was registered without one', async ({ store, registered }) => {
      const device = await registered()
      expect(await store.devices.correctEnvironment(device, 'sandbox')).toBe(true)
      expect(await store.devices.get(device.id)).toEqual({ ...device, environment: 'sandbox' })
    })

    it('does not replace one that the app registered, before or since', async ({ store, registered }) => {
      const { devices } = store
      const withEnvironment = await registered({ ...iphone('bob'), environment: 'production' })
      expect(await devices.correctEnvironment(withEnvironment, 'sandbox')).toBe(false)
      expect((await devices.get(withEnvironment.id))?.environment).toBe('production')
      const withoutEnvironment = await registered()
      await devices.register({ ...iphone('bob'), environment: 'production' }, NOW + 1)
      expect(await devices.correctEnvironment(withoutEnvironment, 'sandbox')).toBe(false)
      await devices.register(iphone('bob'), NOW + 2)
      expect(await devices.correctEnvironment(withoutEnvironment, 'sandbox')).toBe(false)
    })

    it('does not bring back a device that was unregistered', async ({ store, registered }) => {
      const device = await registered()
      await store.devices.unregister(bob, TOKEN)
      expect(await store.devices.correctEnvironment(device, 'sandbox')).toBe(false)
      expect(await store.listKeys()).toEqual([])
    })
  })

  describe('a report that a token is dead', () => {
    it('removes a token that was registered before it', async ({ store, registered }) => {
      const { devices, listKeys } = store
      const device = await registered()
      expect(await devices.forget(device, NOW)).toBe(true)
      expect(await devices.forget(device, NOW)).toBe(false)
      expect(await listKeys()).toEqual([])
    })

    it.for<[string, (devices: DeviceRegistry) => Promise<unknown>]>([
      ['was registered again since', devices => devices.register(iphone('bob'), NOW + 2)],
      ['has moved to somebody else since', devices => devices.register(iphone('carol'), NOW)],
    ])('does not remove a token that %s', async ([_, meanwhile], { store, registered }) => {
      const device = await registered()
      await meanwhile(store.devices)
      expect(await store.devices.forget(device, NOW + 1)).toBe(false)
      expect(await store.devices.get(device.id)).toBeDefined()
    })

    it('does not remove a token that was registered after it', async ({ store, registered }) => {
      const device = await registered()
      expect(await store.devices.forget(device, NOW - 1)).toBe(false)
    })

    it('does not remove another token', async ({ store, registered }) => {
      const device = await registered()
      expect(await store.devices.forget({ ...device, token: 'another' }, NOW)).toBe(false)
      expect(await tokensOf(store, 'bob')).toEqual([TOKEN])
    })
  })
})

async function tokensOf({ devices }: TestStore, uid: string): Promise<string[]> {
  return (await devices.list(APP_ID, uid)).map(({ token }) => token)
}
