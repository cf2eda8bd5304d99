import { describe, expect } from 'vitest'
import { signalledEnd, signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { deliver, register, tokens } from '../webhooks.ts'
import { it, type World } from '../world.ts'

const ROUNDS = 6
const CALLS_A_ROUND = 100

it.beforeEach(async ({ world }) => {
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
})

/** Rings both phones for a hundred calls and cancels them, and waits for the last push. */
async function round(world: World, number: number): Promise<void> {
  const calls = Array.from({ length: CALLS_A_ROUND }, (_, index) => ({
    sessionId: `v1.eu.soak-${number}-${index}`,
    sentAt: Date.now(),
  }))
  await Promise.all(calls.map(call => deliver(world.ingress, signalledRing(call))))
  const rung = (number + 1) * CALLS_A_ROUND
  await world.apns.waitFor(() => world.apns.acceptedCount(tokens.iphone) >= rung, { timeoutMs: 30_000 })
  await world.fcm.waitFor(
    () => world.fcm.acceptedCount(tokens.android) >= 2 * number * CALLS_A_ROUND + CALLS_A_ROUND,
    {
      timeoutMs: 30_000,
    },
  )
  await Promise.all(calls.map(call => deliver(world.ingress, signalledEnd('cancelled', call))))
  await world.fcm.waitFor(() => world.fcm.acceptedCount(tokens.android) >= 2 * rung, { timeoutMs: 30_000 })
}

/** Counts the keys without an expiry, except for the fixed ones of each queue. */
async function countKeysWithoutExpiry(world: World): Promise<number> {
  const keys = await world.reader.keys(`${world.prefix}:*`)
  const limits = await Promise.all(keys.map(key => world.reader.pttl(key)))
  return limits.filter(
    (limit, index) => limit === -1 && !/:(calls|pushes-apns|pushes-fcm):[^:]+$/.test(keys[index] ?? ''),
  ).length
}

describe('a steady flow of calls', { timeout: 120_000 }, () => {
  // F29
  it('leaves no extra connections and no keys without an expiry', async ({ world }) => {
    world.addWorker()
    await round(world, 0)
    // The second session with Apple is opened some seconds after the first.
    await expect.poll(() => world.apns.connections, { timeout: 10_000 }).toBe(2)
    const before = { keys: await countKeysWithoutExpiry(world), apns: world.apns.connectionsTotal }
    for (let number = 1; number < ROUNDS; number++) await round(world, number)
    expect(await countKeysWithoutExpiry(world)).toBe(before.keys)
    expect(world.apns.connectionsTotal).toBe(before.apns)
    // The HTTP agent for FCM keeps its connections, up to a limit: 64, 8 for second attempts, 1 for access tokens, and some that are
    // being opened or closed. One for each push would be 1,200.
    expect(world.fcm.connections).toBeLessThan(100)
  })
})
