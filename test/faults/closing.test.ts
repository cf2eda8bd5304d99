import { describe, expect } from 'vitest'
import { deliver, initiated, register, tokens } from '../webhooks.ts'
import { it } from '../world.ts'

const CALLS = 60

it.beforeEach(async ({ world }) => {
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
})

describe('SIGTERM under load', { timeout: 60_000 }, () => {
  // F30
  it('ends the worker cleanly: it finishes its open pushes, and another worker rings the rest, each once', async ({
    world,
  }) => {
    const first = await world.addWorkerProcess({ RINGER_BUDGETS: 'off' })
    world.apns.order({ delayMs: 300 }, { times: CALLS })
    const calls = Array.from({ length: CALLS }, (_, index) =>
      initiated({ sessionId: `v1.eu.closing-${index}` }),
    )
    const delivered = Promise.all(calls.map(webhook => deliver(world.ingress, webhook)))
    await world.apns.waitFor(received => received.length > 0)
    first.kill('SIGTERM')
    await delivered
    expect(await first.ended).toBe(0)

    world.addWorker()
    const allRang = () => world.apns.acceptedCount(tokens.iphone) >= CALLS
    await world.apns.waitFor(allRang, { timeoutMs: 20_000 })
    await world.fcm.waitFor(() => world.fcm.acceptedCount(tokens.android) >= CALLS, { timeoutMs: 20_000 })
    const ringsOf = (received: readonly { data: unknown }[]) =>
      received.map(push => (push.data as { sessionId: string }).sessionId).sort()
    const once = calls.map((_, index) => `v1.eu.closing-${index}`).sort()
    expect(ringsOf(world.apns.received)).toEqual(once)
    expect(ringsOf(world.fcm.received)).toEqual(once)
  })
})
