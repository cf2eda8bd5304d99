import { describe, expect } from 'vitest'
import { deliver, initiated, register, tokens } from '../webhooks.ts'
import { it, type World } from '../world.ts'

const CALLS = 60

it.beforeEach(async ({ world }) => {
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
})

/** A push that was not answered for a second, on a busy machine, may be sent once more with the same ids: three, or one in twenty. */
const SECOND_ATTEMPTS = 3

/** The sessions that were rung. Fails if one was rung twice without such a reason. */
function ringsOf(received: World['apns']['received']): string[] {
  const firstAt = new Map<string, number>()
  const again: number[] = []
  for (const { at, data } of received) {
    const sessionId = String(data.sessionId)
    const before = firstAt.get(sessionId)
    if (before === undefined) firstAt.set(sessionId, at)
    else again.push(at - before)
  }
  expect(again.filter(ms => ms < 900)).toEqual([])
  expect(again.length).toBeLessThanOrEqual(SECOND_ATTEMPTS)
  return [...firstAt.keys()].sort()
}

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
    const all = calls.map((_, index) => `v1.eu.closing-${index}`).sort()
    for (const { received } of [world.apns, world.fcm]) expect(ringsOf(received)).toEqual(all)
  })
})
