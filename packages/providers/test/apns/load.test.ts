import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { deliver, deliverMany, lastKinds } from '../deliver.ts'
import { deviceToken, iphone, ringOf, upTo } from '../pushes/outgoing-push.ts'
import { it, startApnsWorld } from './apns-world.ts'

const MIB = 1024 * 1024

describe('a ring to 20,000 devices', () => {
  // Thousands of simultaneous streams exhausted the session's memory, and a ring to 12,000 devices failed completely.
  it('reaches all of them over two connections, with bounded memory', async () => {
    // The stream limit is so high that only the sender's own limit counts.
    const world = await startApnsWorld({ streamLimit: 100_000 })
    await world.warmUp()
    let peak = 0
    const baseline = process.memoryUsage().heapUsed
    const sampler = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().heapUsed - baseline)
    }, 50)
    const template = ringOf(iphone(1), { deadline: Date.now() + 120_000 })
    const attempts = await deliverMany(upTo(20_000), number => {
      // The pushes that the stand-in keeps must not count as the sender's memory.
      if (number % 1_000 === 0) world.production.clearReceived()
      return deliver(world.sender, { ...template, device: iphone(number) })
    })
    clearInterval(sampler)
    const results = attempts
      .map(({ outcome }) => outcome.reason ?? outcome.kind)
      .filter(result => result !== 'too many pushes wait')
    expect(new Set(results)).toEqual(new Set(['accepted']))
    expect(results).toHaveLength(20_000)
    expect(world.production.connectionsTotal).toBe(2)
    expect(peak / MIB).toBeLessThan(700)
    await world.close()
  }, 120_000)

  it('has at most 1,000 pushes under way on each connection, as Apple allows', async ({ world }) => {
    await world.warmUp()
    world.production.order({ delayMs: 900 }, { times: Number.POSITIVE_INFINITY })
    const sending = upTo(4_500).map(world.sendTo)
    await world.production.waitFor(received => received.length >= 2_000, { timeoutMs: 20_000 })
    const mostOn = (number: number) =>
      most(world.production.received.filter(({ connection }) => connection === number))
    for (const number of [1, 2]) {
      expect(mostOn(number)).toBeLessThanOrEqual(1_000)
      expect(mostOn(number)).toBeGreaterThan(500)
    }
    await Promise.all(sending)
  })
})

describe.concurrent('closing', () => {
  it('finishes the pushes in hand first, including those that wait for their turn', async ({
    world,
    expect,
  }) => {
    world.production.order({ delayMs: 300 }, { times: 3 })
    const sending = Promise.all(upTo(50).map(world.sendTo))
    await world.production.waitFor(received => received.length === 1)
    await world.sender.close()
    expect((await sending).every(({ kind }) => kind === 'accepted')).toBe(true)
    expect(await world.sendTo(51)).toMatchObject({ kind: 'retryable', delivered: 'no' })
    await expect.poll(() => world.production.connections).toBe(0)
  })

  it.for<[string, (world: Awaited<ReturnType<typeof startApnsWorld>>) => Promise<unknown>]>([
    ['was never opened', async () => {}],
    [
      'was refused',
      async ({ production, sendTo }) => {
        production.refuseConnections()
        await sendTo(1)
      },
    ],
    [
      'is silent',
      async ({ production, warmUp }) => {
        await warmUp()
        production.freeze()
      },
    ],
    [
      'was silent from the start',
      async ({ production, sendTo }) => {
        production.freeze({ newConnections: true })
        void sendTo(1)
      },
    ],
    [
      'has pushes that hang',
      async ({ production, warmUp, sendTo }) => {
        await warmUp()
        production.order({ hang: true }, { times: Number.POSITIVE_INFINITY })
        for (const number of upTo(20)) void sendTo(number)
        await production.waitFor(received => received.length > 0)
      },
    ],
  ])('takes at most a few seconds for a connection that %s', async ([, prepare], { world }) => {
    await prepare(world)
    const startedAt = performance.now()
    await world.sender.close()
    expect(performance.now() - startedAt).toBeLessThan(6_500)
  })
})

describe('a storm of resets', () => {
  // A session error that no promise reports ends the process.
  it('leaves no error unhandled, and every push is delivered in the end', async ({ world }) => {
    const stray: unknown[] = []
    const note = (error: unknown) => stray.push(error)
    process.on('unhandledRejection', note)
    process.on('uncaughtExceptionMonitor', note)
    const deadline = Date.now() + 30_000
    const deliveries = upTo(300).map(async number => {
      if (number % 3 === 0) await nextTurn()
      return deliver(world.sender, ringOf(iphone(number), { deadline }))
    })
    for (const round of upTo(40)) {
      if (round % 5 === 0) world.production.order({ goaway: true })
      if (round % 4 === 0) world.production.order({ reset: true }, { times: 5 })
      if (round % 3 === 0) world.production.order({ status: 500, reason: 'InternalServerError' })
      if (round % 2 === 0) world.production.dropConnections()
      if (round === 10) world.production.refuseConnections()
      if (round === 15) await world.production.acceptConnections()
      await new Promise(resolve => setTimeout(resolve, 25))
    }
    world.production.clearOrders()
    const ended = await Promise.all(deliveries)
    expect(new Set(lastKinds(ended))).toEqual(new Set(['accepted']))
    for (const number of upTo(300)) {
      const pushes = world.production.received.filter(({ token }) => token === deviceToken(number))
      expect(new Set(pushes.map(({ headers }) => headers['apns-id'])).size).toBe(1)
    }
    await nextTurn()
    process.off('unhandledRejection', note)
    process.off('uncaughtExceptionMonitor', note)
    expect(stray).toEqual([])
  })
})

/** How many of these pushes were under way at once, at most. */
function most(pushes: readonly { at: number; answeredAt: number | null }[]): number {
  const changes = pushes.flatMap(({ at, answeredAt }) => [
    { at, by: 1 },
    { at: answeredAt ?? Number.POSITIVE_INFINITY, by: -1 },
  ])
  // A push that is answered makes room for one that arrives at the same time.
  changes.sort((one, other) => one.at - other.at || one.by - other.by)
  let open = 0
  return Math.max(
    ...changes.map(({ by }) => {
      open += by
      return open
    }),
  )
}
