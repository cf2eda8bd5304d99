import { describe, expect } from 'vitest'
import { deliver, ended, initiated, register, tokens } from '../webhooks.ts'
import { it, type World } from '../world.ts'

const limit = { timeout: 90_000 }
const ALWAYS = { times: Number.POSITIVE_INFINITY }
const sessions = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `v1.eu.${name}-${index}`)
const place = (world: World, sessionIds: string[]) =>
  Promise.all(sessionIds.map(sessionId => deliver(world.ingress, initiated({ sessionId }))))

it.beforeEach(async ({ world }) => {
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
})

describe('providers that answer after 2.3 s (APNs) and 3.3 s (FCM)', () => {
  // Late answers were thrown away: the first 60 calls rang two to four times, and of the next 60 hardly any rang.
  it.for([[1], [3]] as const)(
    'ring every phone, and get no more second pushes than each worker’s budget allows (workers: %i)',
    limit,
    async ([workers], { world }) => {
      for (let index = 0; index < workers; index += 1) world.addWorker()
      // Every worker has a session with Apple that has proven itself.
      await place(world, sessions('warm-up', 90))
      await expect.poll(() => world.apns.acceptedCount(tokens.iphone), { timeout: 20_000 }).toBe(90)
      await expect.poll(() => world.fcm.acceptedCount(tokens.android), { timeout: 20_000 }).toBe(90)
      world.apns.order({ delayMs: 2_300 }, ALWAYS)
      world.fcm.order({ delayMs: 3_300 }, ALWAYS)

      for (const burst of ['one', 'two']) {
        const placed = sessions(burst, 60)
        await place(world, placed)
        const outcomes = async (sessionId: string) =>
          (await world.records.read('default', sessionId))?.rings[0]?.devices.map(({ outcome }) => outcome)
        for (const sessionId of placed) {
          await expect.poll(() => outcomes(sessionId), { timeout: 20_000 }).toEqual(['accepted', 'accepted'])
        }
      }
      for (const fake of [world.apns, world.fcm]) {
        const pushes = fake.received.slice(90)
        expect(new Set(pushes.map(({ data }) => data.sessionId)).size).toBe(120)
        // Two at once for each worker, and one for every 25 pushes.
        expect(pushes.length - 120).toBeLessThanOrEqual(2 * workers + 120 / 25)
      }
    },
  )
})

describe('a provider that takes 1 s for each answer', () => {
  it('does not hold up a stop behind the rings that wait', limit, async ({ world }) => {
    world.addWorker()
    const [first = ''] = sessions('first', 1)
    await place(world, [first])
    await expect.poll(() => world.fcm.acceptedCount(tokens.android), { timeout: 5_000 }).toBe(1)
    world.fcm.order({ delayMs: 1_000 }, ALWAYS)
    // 64 at a time: more than 4 s of rings.
    await place(world, sessions('waiting', 300))
    await world.fcm.waitFor(({ length }) => length > 40, { timeoutMs: 10_000 })
    const hungUpAt = Date.now()
    await deliver(world.ingress, ended('cancelled', first))
    await world.fcm.waitFor(received => received.some(({ data }) => data.callAction === 'cancelled'), {
      timeoutMs: 20_000,
    })
    const stop = world.fcm.received.find(({ data }) => data.callAction === 'cancelled')
    expect((stop?.at ?? 0) - hungUpAt).toBeLessThan(2_500)
  })
})
