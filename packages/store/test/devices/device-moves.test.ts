import { MOVES_PER_DAY } from '@ringer/store'
import { expect } from 'vitest'
import { describeStore } from '../describe-store.ts'

const NOW = 1_781_024_530_000
const phoneOf = (uid: string, token: string, deviceId?: string) => ({
  ...{ appId: 'app-1', uid, token, deviceId },
  ...{ platform: 'android', kind: 'both' as const },
})

describeStore('a token of another user', storeIt => {
  storeIt('is counted in one small key that expires after a day', async ({ store }) => {
    const { devices, redis, keys, listKeys } = store
    for (const token of ['one', 'two']) {
      await devices.register(phoneOf('bob', token), NOW)
      expect(await devices.register(phoneOf('carol', token), NOW)).toMatchObject({ moved: true })
    }
    const counts = (await listKeys()).filter(key => key.includes(':moves:'))
    expect(counts).toEqual([keys.moves('app-1', 'carol')])
    expect(await redis.get(keys.moves('app-1', 'carol'))).toBe('2')
    const left = await redis.pttl(keys.moves('app-1', 'carol'))
    expect(left).toBeGreaterThan(86_390_000)
    expect(left).toBeLessThanOrEqual(86_400_000)
  })

  storeIt('cannot be taken over after too many moves in a day, until the day is over', async ({ store }) => {
    const { devices, redis, keys } = store
    await redis.set(keys.moves('app-1', 'carol'), MOVES_PER_DAY, 'PX', 60_000)
    await devices.register(phoneOf('bob', 'one', 'pixel'), NOW)
    const refused = await devices.register(phoneOf('carol', 'one'), NOW)
    expect(refused).toMatchObject({ moved: false, refused: 'too-many-moves', formerDeviceId: 'pixel' })
    expect(refused.retryAfterMs).toBeGreaterThan(50_000)
    expect(await devices.list('app-1', 'bob')).toHaveLength(1)
    expect(await devices.list('app-1', 'carol')).toEqual([])
    // A refusal does not start the day again.
    expect(await redis.pttl(keys.moves('app-1', 'carol'))).toBeLessThanOrEqual(60_000)
    await redis.del(keys.moves('app-1', 'carol'))
    expect(await devices.register(phoneOf('carol', 'one'), NOW)).toMatchObject({ moved: true })
  })

  storeIt('stays with its owner if it may only move with its deviceId', async ({ store }) => {
    const { devices } = store
    await devices.register(phoneOf('bob', 'one', 'pixel'), NOW)
    const take = (deviceId?: string) =>
      devices.register(phoneOf('carol', 'one', deviceId), NOW, 'same-device')
    expect(await take()).toMatchObject({ refused: 'other-device' })
    expect(await take('another')).toMatchObject({ moved: false, refused: 'other-device' })
    expect(await devices.list('app-1', 'bob')).toHaveLength(1)
    expect(await take('pixel')).toMatchObject({ moved: true })
    expect(await devices.list('app-1', 'bob')).toEqual([])
  })
})
