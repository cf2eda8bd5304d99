import { request } from 'node:https'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { FcmAgent } from '../../src/pushes/fcm/fcm-agent.ts'
import { attempt, deliver, lastKinds } from './deliver.ts'
import { it, startFcmWorld } from './fcm-world.ts'
import { android, ringOf, upTo } from './outgoing-push.ts'

const MIB = 1024 * 1024
const INFINITE = { times: Number.POSITIVE_INFINITY }

describe('many pushes at once', () => {
  // The SDK opened a connection for each.
  it('share a bounded number of connections', async ({ world }) => {
    const outcomes = await Promise.all(upTo(500).map(world.sendTo))
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true)
    // The access token has a connection of its own.
    expect(world.fcm.connectionsTotal).toBeLessThanOrEqual(65)
  })

  it('that FCM refuses keep their connections', async ({ world }) => {
    world.fcm.order({ status: 404, reason: 'UNREGISTERED' }, { times: 250 })
    world.fcm.order({ status: 503, reason: 'UNAVAILABLE' }, { times: 250 })
    await Promise.all(upTo(500).map(world.sendTo))
    expect(world.fcm.connectionsTotal).toBeLessThanOrEqual(65)
  })

  it('wait for a connection on their own time, not on FCM’s', async ({ world }) => {
    await world.warmUp()
    world.fcm.order({ delayMs: 1_000 }, INFINITE)
    const attempts = await Promise.all(
      upTo(64 * 4).map(number => attempt(world.sender, ringOf(android(number)))),
    )
    const results = attempts.map(({ outcome }) => outcome.reason ?? outcome.kind)
    expect(new Set(results)).toEqual(new Set(['accepted']))
    expect(Math.max(...attempts.map(({ ms }) => ms))).toBeGreaterThan(3_500)
  })

  it('wait until their deadline and no longer', async ({ world }) => {
    await world.warmUp()
    world.fcm.order({ hang: true }, INFINITE)
    const stuck = upTo(64).map(world.sendTo)
    const { outcome, ms } = await attempt(world.sender, ringOf(android(100), { deadline: Date.now() + 300 }))
    expect(outcome).toMatchObject({ kind: 'retryable', delivered: 'no' })
    expect(ms).toBeLessThan(1_500)
    await Promise.all(stuck)
    expect(world.fcm.received).toHaveLength(65)
  })
})

describe('a ring to 20,000 phones', () => {
  it('loses none, with bounded memory', async () => {
    const world = await startFcmWorld({ tls: false })
    await world.warmUp()
    let most = 0
    const before = process.memoryUsage().heapUsed
    const sampler = setInterval(() => {
      most = Math.max(most, process.memoryUsage().heapUsed - before)
    }, 50)
    const template = ringOf(android(1), { deadline: Date.now() + 120_000 })
    const failures: (string | undefined)[] = []
    const deliveries = upTo(20_000).map(async number => {
      const attempts = await deliver(world.sender, { ...template, device: android(number) })
      // What the stand-in keeps of every push is not the sender's.
      if (number % 1_000 === 0) world.fcm.clearReceived()
      failures.push(...attempts.slice(0, -1).map(({ outcome }) => outcome.reason))
      return attempts.at(-1)?.outcome.kind
    })
    expect(new Set(await Promise.all(deliveries))).toEqual(new Set(['accepted']))
    clearInterval(sampler)
    // A machine that is held up may time out now and then.
    expect(failures.length, failures.slice(0, 5).join()).toBeLessThan(20)
    expect(world.fcm.connectionsTotal).toBeLessThanOrEqual(65)
    expect(most / MIB).toBeLessThan(700)
    await world.close()
  }, 60_000)
})

describe.concurrent('a connection', () => {
  // A firewall had forgotten it, and the first call after an idle night waited for a time-out.
  it('that was idle for long is not trusted with a ring', async ({ world, expect }) => {
    const agent = new FcmAgent(world.fcm.url, world.config.ca, 50)
    const status = await new Promise(resolve => {
      const send = async () =>
        request('https://fcm.googleapis.com/v1/projects/p/messages:send', { agent }, response => {
          response.resume()
          resolve(response.statusCode)
        }).end()
      void agent.watch({ over: false }, send)
    })
    expect(status).toBe(404)
    await expect.poll(() => world.fcm.connections).toBe(0)
    agent.destroy()
  })

  it('that went silent fails the attempt within its limit, and the next one takes another', async ({
    world,
  }) => {
    await world.warmUp()
    world.fcm.freeze()
    const attempts = await world.deliverTo(1)
    expect(attempts.map(({ outcome }) => outcome.kind)).toEqual(['retryable', 'accepted'])
  })
})

describe.concurrent('FCM being down', () => {
  it('is left alone, and found again within a second or so', async ({ world }) => {
    await world.warmUp()
    world.fcm.order({ reset: true }, INFINITE)
    for (const number of upTo(5)) await world.sendTo(number)
    const held = await world.sendTo(6)
    expect(held).toMatchObject({
      kind: 'retryable',
      delivered: 'no',
      reason: 'not sent: FCM does not answer',
    })
    expect(world.fcm.received).toHaveLength(6)
    world.fcm.clearOrders()
    const startedAt = performance.now()
    expect(new Set(lastKinds(await Promise.all(upTo(100).map(world.deliverTo))))).toEqual(
      new Set(['accepted']),
    )
    expect(performance.now() - startedAt).toBeLessThan(3_500)
  })
})

describe.concurrent('closing', () => {
  it('lets what is in hand end first', async ({ world, expect }) => {
    world.fcm.order({ delayMs: 300 }, INFINITE)
    const sending = Promise.all(upTo(100).map(world.sendTo))
    await world.fcm.waitFor(received => received.length >= 1)
    await world.sender.close()
    expect((await sending).every(({ kind }) => kind === 'accepted')).toBe(true)
    expect(await world.sendTo(101)).toMatchObject({ kind: 'retryable', delivered: 'no' })
    await expect.poll(() => world.fcm.connections).toBe(0)
  })

  it('ends while FCM hangs', async ({ world }) => {
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
  it('leaves no error unhandled, and everything is delivered in the end', async ({ world }) => {
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
