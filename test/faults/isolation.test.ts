import { describe, expect } from 'vitest'
import { deliver, initiated, register, tokens } from '../webhooks.ts'
import { it, type World } from '../world.ts'

it.beforeEach(async ({ world }) => {
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
  world.addWorker()
})

const call = (index: number) => initiated({ sessionId: `v1.eu.isolated-${index}` })

/** Delivers 30 calls and returns how long they take to reach Bob's Android phone, in ms. */
async function androidBurst(world: World, from: number): Promise<number> {
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: 30 }, (_, index) => deliver(world.ingress, call(from + index))))
  await world.fcm.waitFor(() => world.fcm.acceptedCount(tokens.android) === from + 30, { timeoutMs: 20_000 })
  return performance.now() - startedAt
}

describe("one provider's outage", { timeout: 60_000 }, () => {
  // F23: a black-holed APNs holds each attempt for its whole time limit.
  it("does not delay the other provider's phones: Android rings as before while APNs is black-holed", async ({
    world,
  }) => {
    await androidBurst(world, 0)
    const healthy = await androidBurst(world, 30)
    world.apns.freeze({ newConnections: true })
    const troubled = await androidBurst(world, 60)
    // An attempt that waited for APNs would take 2 s. Noise of the machine is far below that.
    expect(troubled).toBeLessThan(healthy + 1_500)
  })
})
