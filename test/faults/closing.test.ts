import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deliver, initiated, register, tokens } from '../webhooks.ts'
import { startWorld, type World } from '../world.ts'

const CALLS = 60

let world: World
beforeEach(async () => {
  world = await startWorld()
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
})
afterEach(() => world.close())

describe('SIGTERM under load', { timeout: 60_000 }, () => {
  // F30
  it('ends the worker in order: what it had in hand is sent once, the rest is rung by another', async () => {
    const first = await world.addWorkerProcess()
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
    const all = () => world.apns.acceptedCount(tokens.iphone) >= CALLS
    await world.apns.waitFor(all, { timeoutMs: 20_000 })
    await world.fcm.waitFor(() => world.fcm.acceptedCount(tokens.android) >= CALLS, { timeoutMs: 20_000 })
    const ringsOf = (received: readonly { data: unknown }[]) =>
      received.map(push => (push.data as { sessionId: string }).sessionId).sort()
    const once = calls.map((_, index) => `v1.eu.closing-${index}`).sort()
    expect(ringsOf(world.apns.received)).toEqual(once)
    expect(ringsOf(world.fcm.received)).toEqual(once)
  })
})
