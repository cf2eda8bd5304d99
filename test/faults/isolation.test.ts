import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deliver, initiated, register, tokens } from '../webhooks.ts'
import { startWorld, type World } from '../world.ts'

let world: World
beforeEach(async () => {
  world = await startWorld()
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
  world.addWorker()
})
afterEach(() => world.close())

const call = (index: number) => initiated({ sessionId: `v1.eu.isolated-${index}` })

/** How long 30 calls take to reach Bob's Android phone, from the first webhook on. */
async function androidBurst(from: number): Promise<number> {
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: 30 }, (_, index) => deliver(world.ingress, call(from + index))))
  await world.fcm.waitFor(() => world.fcm.acceptedCount(tokens.android) === from + 30, { timeoutMs: 20_000 })
  return performance.now() - startedAt
}

describe("one provider's outage", { timeout: 60_000 }, () => {
  // F23: a black-holed APNs holds its pushes for the whole of each attempt's limit.
  it("does not delay the other's phones: APNs is black-holed, Android rings as before", async () => {
    await androidBurst(0)
    const healthy = await androidBurst(30)
    world.apns.freeze({ newConnections: true })
    const troubled = await androidBurst(60)
    // An attempt that waited for APNs would take 2 s; the machine's own noise is far below that.
    expect(troubled).toBeLessThan(healthy + 1_500)
  })
})
