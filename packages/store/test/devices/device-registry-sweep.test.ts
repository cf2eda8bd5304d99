import { createDeviceRegistry, type Device, type DeviceRegistration, STALE_MS } from '@ringer/store'
import { describe, expect } from 'vitest'
import { APP_ID, SENT_AT as NOW } from '../../../payloads/test/webhooks.ts'
import { describeStore, type TestStore } from '../describe-store.ts'

const DAY_MS = 86_400_000
const patience = { timeout: 5_000 }
const bob = { appId: APP_ID, uid: 'bob' }
const phone = (token: string): DeviceRegistration => ({ ...bob, platform: 'android', kind: 'both', token })

describeStore('a device that is no longer seen', storeIt => {
  const it = storeIt
    /** A registry whose devices go stale within the test. */
    .extend(
      'expiringRegistry',
      ({ store: { redis, keys } }) =>
        (staleMs: number) =>
          createDeviceRegistry(redis, keys, { staleMs }),
    )
    /** Registers a device that expires in a minute, with its list. */
    .extend('registered', ({ store, expiringRegistry }) => async (token = 'token') => {
      const { deviceId } = await expiringRegistry(60_000).register(phone(token), NOW)
      return read(store, deviceId)
    })

  it('is kept for 270 days, and so is the list of its user', async ({ store }) => {
    expect(STALE_MS).toBe(23_328_000_000)
    const { deviceId } = await store.devices.register(phone('token'), NOW)
    await expectFullTime(store, deviceId)
  })

  it('is then removed with everything that was stored about it', async ({ store, expiringRegistry }) => {
    await expiringRegistry(150).register(phone('token'), NOW)
    await expect.poll(() => store.listKeys(), patience).toEqual([])
  })

  it('is dropped from the list when the list is next read, and the others stay', async ({
    store,
    expiringRegistry,
  }) => {
    const { devices, redis, keys } = store
    const { deviceId } = await expiringRegistry(150).register(phone('swept'), NOW)
    await devices.register(phone('kept'), NOW)
    await expect.poll(() => tokensOf(store), patience).toEqual(['kept'])
    expect(await redis.zscore(keys.user(APP_ID, 'bob'), deviceId)).toBeNull()
    expect(await redis.zcard(keys.user(APP_ID, 'bob'))).toBe(1)
  })

  it('gets its full time again when it is registered again', async ({ store, expiringRegistry }) => {
    const { devices } = store
    const { deviceId } = await expiringRegistry(60_000).register(phone('token'), NOW)
    await devices.register(phone('token'), NOW + 1)
    await expectFullTime(store, deviceId)
    expect(await devices.get(deviceId)).toMatchObject({ registeredAt: NOW + 1, seenAt: NOW + 1 })
  })

  it('keeps its full time when another device of the user is unregistered', async ({ store }) => {
    const { deviceId } = await store.devices.register(phone('kept'), NOW)
    await store.devices.register(phone('gone'), NOW)
    await store.devices.unregister(bob, 'gone')
    await expectFullTime(store, deviceId)
  })

  describe('when a push was accepted', () => {
    it('gets its full time again, counts as seen and keeps its registration', async ({
      store,
      expiringRegistry,
      registered,
    }) => {
      const known = await registered()
      await expiringRegistry(60_000).register(phone('other'), NOW + 1)
      expect(await store.devices.markSeen(known, NOW + DAY_MS)).toBe(true)
      await expectFullTime(store, known.id)
      expect(await store.devices.get(known.id)).toEqual({ ...known, seenAt: NOW + DAY_MS })
      expect(await tokensOf(store)).toEqual(['token', 'other'])
    })

    it('is marked as seen once a day', async ({ store, registered }) => {
      const { devices } = store
      const known = await registered()
      expect(await devices.markSeen(known, NOW + DAY_MS - 1)).toBe(false)
      expect(await devices.markSeen(known, NOW + DAY_MS)).toBe(true)
      // This copy was read before the mark above was written.
      expect(await devices.markSeen(known, NOW + DAY_MS + 1)).toBe(false)
      expect(await devices.markSeen(await read(store, known.id), NOW + 2 * DAY_MS - 1)).toBe(false)
      expect(await devices.markSeen(await read(store, known.id), NOW + 2 * DAY_MS)).toBe(true)
    })

    it('is not brought back if it was unregistered meanwhile', async ({ store, registered }) => {
      const known = await registered()
      await store.devices.unregister(bob, 'token')
      expect(await store.devices.markSeen(known, NOW + DAY_MS)).toBe(false)
      expect(await store.listKeys()).toEqual([])
    })

    it('stays unchanged with the user who logged in to it meanwhile', async ({
      store,
      expiringRegistry,
      registered,
    }) => {
      const { devices, redis, keys } = store
      const known = await registered()
      await expiringRegistry(60_000).register({ ...phone('token'), uid: 'carol' }, NOW + 1)
      expect(await devices.markSeen(known, NOW + 2 * DAY_MS)).toBe(false)
      expect(await devices.get(known.id)).toMatchObject({ uid: 'carol', seenAt: NOW + 1 })
      expect(await redis.pttl(keys.device(known.id))).toBeLessThanOrEqual(60_000)
      expect(await tokensOf(store)).toEqual([])
    })

    it('is not marked as seen for another token', async ({ store, registered }) => {
      const known = await registered()
      expect(await store.devices.markSeen({ ...known, token: 'another' }, NOW + DAY_MS)).toBe(false)
      expect((await read(store, known.id)).seenAt).toBe(NOW)
    })

    it('is not put back into a list from which it was dropped', async ({ store, registered }) => {
      const { redis, keys, devices } = store
      const known = await registered()
      await redis.zrem(keys.user(APP_ID, 'bob'), known.id)
      await devices.markSeen(known, NOW + DAY_MS)
      expect(await redis.exists(keys.user(APP_ID, 'bob'))).toBe(0)
    })
  })
})

async function expectFullTime({ redis, keys }: TestStore, deviceId: string): Promise<void> {
  for (const key of [keys.device(deviceId), keys.user(APP_ID, 'bob')]) {
    const leftMs = await redis.pttl(key)
    expect(leftMs).toBeGreaterThan(STALE_MS - 60_000)
    expect(leftMs).toBeLessThanOrEqual(STALE_MS)
  }
}

async function tokensOf({ devices }: TestStore): Promise<string[]> {
  return (await devices.list(APP_ID, 'bob')).map(({ token }) => token)
}

async function read({ devices }: TestStore, deviceId: string): Promise<Device> {
  const found = await devices.get(deviceId)
  if (!found) throw new Error('a device that was registered can be read')
  return found
}
