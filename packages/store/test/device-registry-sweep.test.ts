import { createDeviceRegistry, type Device, type Registration, STALE_MS } from '@ringer/store'
import { describe, expect, it } from 'vitest'
import { APP_ID, SENT_AT as NOW } from '../../payloads/test/webhooks.ts'
import { describeStore, type TestStore } from './describe-store.ts'

const DAY_MS = 86_400_000
const patience = { timeout: 5_000 }
const bob = { appId: APP_ID, uid: 'bob' }
const phone = (token: string): Registration => ({ ...bob, platform: 'android', kind: 'both', token })

describeStore('a device that is not seen any more', store => {
  /** A registry whose devices go stale within the test. */
  const impatient = (staleMs: number) => createDeviceRegistry(store().redis, store().keys, { staleMs })

  it('is kept for 270 days, and so is the list that it stands in', async () => {
    expect(STALE_MS).toBe(23_328_000_000)
    const { deviceId } = await store().devices.register(phone('token'), NOW)
    await expectWholeTime(store(), deviceId)
  })

  it('is swept then, with everything that was known of it', async () => {
    await impatient(150).register(phone('token'), NOW)
    await expect.poll(() => store().listKeys(), patience).toEqual([])
  })

  it('leaves the list when that is read next, and the others stay', async () => {
    const { devices, redis, keys } = store()
    const { deviceId } = await impatient(150).register(phone('swept'), NOW)
    await devices.register(phone('kept'), NOW)
    await expect.poll(() => tokensOf(store()), patience).toEqual(['kept'])
    expect(await redis.zscore(keys.user(APP_ID, 'bob'), deviceId)).toBeNull()
    expect(await redis.zcard(keys.user(APP_ID, 'bob'))).toBe(1)
  })

  it('has its whole time again when it is registered again', async () => {
    const { devices } = store()
    const { deviceId } = await impatient(60_000).register(phone('token'), NOW)
    await devices.register(phone('token'), NOW + 1)
    await expectWholeTime(store(), deviceId)
    expect(await devices.get(deviceId)).toMatchObject({ registeredAt: NOW + 1, seenAt: NOW + 1 })
  })

  it('keeps its time when another device of the user is unregistered', async () => {
    const { deviceId } = await store().devices.register(phone('kept'), NOW)
    await store().devices.register(phone('gone'), NOW)
    await store().devices.unregister(bob, 'gone')
    await expectWholeTime(store(), deviceId)
  })

  it('has never been seen since its registration where an earlier version stored it', async () => {
    const { devices, redis, keys } = store()
    const { deviceId } = await devices.register(phone('token'), NOW)
    await redis.hdel(keys.device(deviceId), 'seenAt')
    await redis.persist(keys.device(deviceId))
    const known = await read(deviceId)
    expect(known.seenAt).toBe(NOW)
    expect(await devices.touch(known, NOW + DAY_MS)).toBe(true)
    await expectWholeTime(store(), deviceId)
  })

  describe('when a push was accepted', () => {
    /** A device with a minute to live, and the list likewise. */
    const registered = async (token = 'token') => {
      const { deviceId } = await impatient(60_000).register(phone(token), NOW)
      return read(deviceId)
    }

    it('has its whole time again, counts as seen, and is the same registration', async () => {
      const known = await registered()
      await impatient(60_000).register(phone('other'), NOW + 1)
      expect(await store().devices.touch(known, NOW + DAY_MS)).toBe(true)
      await expectWholeTime(store(), known.id)
      expect(await store().devices.get(known.id)).toEqual({ ...known, seenAt: NOW + DAY_MS })
      expect(await tokensOf(store())).toEqual(['token', 'other'])
    })

    it('is noted once a day', async () => {
      const { devices } = store()
      const known = await registered()
      expect(await devices.touch(known, NOW + DAY_MS - 1)).toBe(false)
      expect(await devices.touch(known, NOW + DAY_MS)).toBe(true)
      // One that was read before the other's note.
      expect(await devices.touch(known, NOW + DAY_MS + 1)).toBe(false)
      expect(await devices.touch(await read(known.id), NOW + 2 * DAY_MS - 1)).toBe(false)
      expect(await devices.touch(await read(known.id), NOW + 2 * DAY_MS)).toBe(true)
    })

    it('is not brought back once it is gone', async () => {
      const known = await registered()
      await store().devices.unregister(bob, 'token')
      expect(await store().devices.touch(known, NOW + DAY_MS)).toBe(false)
      expect(await store().listKeys()).toEqual([])
    })

    it('stays with the user who logged in to it meanwhile, and as it was', async () => {
      const { devices, redis, keys } = store()
      const known = await registered()
      await impatient(60_000).register({ ...phone('token'), uid: 'carol' }, NOW + 1)
      expect(await devices.touch(known, NOW + 2 * DAY_MS)).toBe(false)
      expect(await devices.get(known.id)).toMatchObject({ uid: 'carol', seenAt: NOW + 1 })
      expect(await redis.pttl(keys.device(known.id))).toBeLessThanOrEqual(60_000)
      expect(await tokensOf(store())).toEqual([])
    })

    it('is not noted for another token', async () => {
      const known = await registered()
      expect(await store().devices.touch({ ...known, token: 'another' }, NOW + DAY_MS)).toBe(false)
      expect((await read(known.id)).seenAt).toBe(NOW)
    })

    it('is not put back into a list that it was dropped from', async () => {
      const { redis, keys, devices } = store()
      const known = await registered()
      await redis.zrem(keys.user(APP_ID, 'bob'), known.id)
      await devices.touch(known, NOW + DAY_MS)
      expect(await redis.exists(keys.user(APP_ID, 'bob'))).toBe(0)
    })
  })

  async function read(deviceId: string): Promise<Device> {
    const found = await store().devices.get(deviceId)
    if (!found) throw new Error('a device that was registered can be read')
    return found
  }
})

async function expectWholeTime({ redis, keys }: TestStore, deviceId: string): Promise<void> {
  for (const key of [keys.device(deviceId), keys.user(APP_ID, 'bob')]) {
    const leftMs = await redis.pttl(key)
    expect(leftMs).toBeGreaterThan(STALE_MS - 60_000)
    expect(leftMs).toBeLessThanOrEqual(STALE_MS)
  }
}

async function tokensOf({ devices }: TestStore): Promise<string[]> {
  return (await devices.list(APP_ID, 'bob')).map(({ token }) => token)
}
