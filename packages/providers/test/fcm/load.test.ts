import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { attempt, deliver, deliverMany, lastKinds } from '../deliver.ts'
import { android, ringOf, upTo } from '../pushes/outgoing-push.ts'
import { it, startFcmWorld } from './fcm-world.ts'

/** Twice those of pushes: on a busy machine second attempts need some more, and some are replaced. Without sharing it would be 500. */
const MAX_CONNECTIONS = 2 * 64
const MIB = 1024 * 1024
const INFINITE = { times: Number.POSITIVE_INFINITY }

describe('many pushes at once', () => {
  // The SDK opened a connection for each push.
  it('share a bounded number of connections', async ({ world }) => {
    const outcomes = await Promise.all(upTo(500).map(world.sendTo))
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true)
    expect(world.fcm.connectionsTotal).toBeLessThanOrEqual(MAX_CONNECTIONS)
  })

  it('keep their connections if FCM refuses them', async ({ world }) => {
    world.fcm.order({ status: 404, reason: 'UNREGISTERED' }, { times: 250 })
    world.fcm.order({ status: 503, reason: 'UNAVAILABLE' }, { times: 250 })
    await Promise.all(upTo(500).map(world.sendTo))
    expect(world.fcm.connectionsTotal).toBeLessThanOrEqual(MAX_CONNECTIONS)
  })

  it('wait for a connection', async ({ world }) => {
    await world.warmUp()
    world.fcm.order({ delayMs: 1_000 }, INFINITE)
    const attempts = await Promise.all(
      upTo(64 * 4).map(number => attempt(world.sender, ringOf(android(number)))),
    )
    const results = attempts.map(({ outcome }) => outcome.reason ?? outcome.kind)
    expect(new Set(results)).toEqual(new Set(['accepted']))
    expect(Math.max(...attempts.map(({ ms }) => ms))).toBeGreaterThan(3_500)
  })

  it('wait until their deadline at most', async ({ world }) => {
    await world.warmUp()
    world.fcm.order({ hang: true }, INFINITE)
    const until = Date.now() + 3_000
    const stuck = upTo(64).map(number => attempt(world.sender, ringOf(android(number), { deadline: until })))
    const { outcome, ms } = await attempt(world.sender, ringOf(android(100), { deadline: Date.now() + 300 }))
    expect(outcome).toMatchObject({ kind: 'retryable', delivered: 'no' })
    expect(ms).toBeLessThan(1_500)
    await Promise.all(stuck)
    expect(world.fcm.received.some(({ token }) => token === android(100).token)).toBe(false)
  })
})

describe('a ring to 5,000 phones', () => {
  it('reaches all of them, with bounded memory', async () => {
    const world = await startFcmWorld({ tls: false })
    await world.warmUp()
    let peak = 0
    const baseline = process.memoryUsage().heapUsed
    const sampler = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().heapUsed - baseline)
    }, 50)
    const template = ringOf(android(1), { deadline: Date.now() + 120_000 })
    const attempts = await deliverMany(upTo(5_000), number => {
      // The pushes that the stand-in keeps must not count as the sender's memory.
      if (number % 1_000 === 0) world.fcm.clearReceived()
      return deliver(world.sender, { ...template, device: android(number) })
    })
    clearInterval(sampler)
    const results = attempts
      .map(({ outcome }) => outcome.reason ?? outcome.kind)
      .filter(result => result !== 'too many pushes wait')
    expect(new Set(results)).toEqual(new Set(['accepted']))
    expect(results).toHaveLength(5_000)
    expect(world.fcm.connectionsTotal).toBeLessThanOrEqual(MAX_CONNECTIONS)
    expect(peak / MIB).toBeLessThan(700)
    await world.close()
  }, 60_000)
})

describe.concurrent('FCM', () => {
  it('is left alone while it is down, and is used again within about a second of its return', async ({
    world,
    expect,
  }) => {
    await world.warmUp()
    world.fcm.refuseConnections()
    world.fcm.dropConnections()
    for (const number of upTo(6)) await world.sendTo(number)
    await expect.poll(() => world.sender.isReachable()).toBe(false)
    expect(await world.sendTo(7)).toMatchObject({
      kind: 'retryable',
      delivered: 'no',
      reason: 'FCM does not answer',
    })
    await world.fcm.acceptConnections()
    const startedAt = performance.now()
    expect(new Set(lastKinds(await Promise.all(upTo(100).map(world.deliverTo))))).toEqual(
      new Set(['accepted']),
    )
    expect(performance.now() - startedAt).toBeLessThan(6_000)
  })
})

describe.concurrent('closing', () => {
  it('finishes the pushes in hand first', async ({ world, expect }) => {
    world.fcm.order({ delayMs: 300 }, INFINITE)
    const sending = Promise.all(upTo(50).map(world.sendTo))
    await world.fcm.waitFor(received => received.length >= 1)
    await world.sender.close()
    expect((await sending).every(({ kind }) => kind === 'accepted')).toBe(true)
    expect(await world.sendTo(101)).toMatchObject({ kind: 'retryable', delivered: 'no' })
    await expect.poll(() => world.fcm.connections).toBe(0)
  })

  it('takes at most a few seconds while FCM hangs', async ({ world }) => {
    await world.warmUp()
    world.fcm.order({ hang: true }, INFINITE)
    for (const number of upTo(200)) void world.sendTo(number)
    await world.fcm.waitFor(received => received.length > 10)
    const startedAt = performance.now()
    await world.sender.close()
    expect(performance.now() - startedAt).toBeLessThan(6_000)
  })
})

describe('a storm of resets', () => {
  it('leaves no error unhandled, and every push is delivered in the end', async ({ world }) => {
    const stray: unknown[] = []
    const note = (error: unknown) => stray.push(error)
    process.on('unhandledRejection', note)
    process.on('uncaughtExceptionMonitor', note)
    const deliveries = upTo(200).map(world.deliverTo)
    for (const round of upTo(30)) {
      if (round % 2 === 0) world.fcm.order({ reset: true }, { times: 5 })
      if (round % 3 === 0) world.fcm.order({ status: 503, reason: 'UNAVAILABLE' }, { times: 5 })
      if (round % 4 === 0) world.fcm.dropConnections()
      await new Promise(resolve => setTimeout(resolve, 25))
    }
    world.fcm.clearOrders()
    expect(new Set(lastKinds(await Promise.all(deliveries)))).toEqual(new Set(['accepted']))
    await nextTurn()
    process.off('unhandledRejection', note)
    process.off('uncaughtExceptionMonitor', note)
    expect(stray).toEqual([])
  })
})
