import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { signalledEnd, signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { deliver, register, tokens } from '../webhooks.ts'
import { startWorld, type World } from '../world.ts'

const ROUNDS = 6
const CALLS_A_ROUND = 100

let world: World
beforeEach(async () => {
  world = await startWorld()
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
})
afterEach(() => world.close())

/** A hundred calls that ring both phones and are cancelled, through to the last push. */
async function round(number: number): Promise<void> {
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

/** Keys of Ringer's own and of its queues that no time limit removes. */
async function keysForEver(): Promise<number> {
  const keys = await world.reader.keys(`${world.prefix}:*`)
  const limits = await Promise.all(keys.map(key => world.reader.pttl(key)))
  return limits.filter(
    (limit, index) => limit === -1 && !/:(calls|pushes-apns|pushes-fcm):[^:]+$/.test(keys[index] ?? ''),
  ).length
}

describe('a steady flow of calls', { timeout: 120_000 }, () => {
  // F29
  it('leaves no more connections and no key that stays for ever', async () => {
    world.addWorker()
    await round(0)
    const before = { keys: await keysForEver(), apns: world.apns.connectionsTotal }
    for (let number = 1; number < ROUNDS; number++) await round(number)
    expect(await keysForEver()).toBe(before.keys)
    expect(world.apns.connectionsTotal).toBe(before.apns)
    // FCM's are bounded by the agent, and kept.
    expect(world.fcm.connections).toBeLessThanOrEqual(64)
  })
})
