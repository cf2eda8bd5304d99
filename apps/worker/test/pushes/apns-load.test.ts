import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { it, startApnsWorld } from './apns-world.ts'
import { deliver, lastKinds } from './deliver.ts'
import { deviceToken, iphone, ringOf, upTo } from './outgoing-push.ts'

const MIB = 1024 * 1024

describe('a ring to 20,000 devices', () => {
  // Thousands of simultaneous streams exhausted the session's memory, and a send to 12,000 failed whole.
  it('loses none, on one connection, with bounded memory', async () => {
    // It is the sender that holds back, not the limit of streams.
    const world = await startApnsWorld({ streamLimit: 100_000 })
    await world.warmUp()
    let most = 0
    const before = process.memoryUsage().heapUsed
    const sampler = setInterval(() => {
      most = Math.max(most, process.memoryUsage().heapUsed - before)
    }, 50)
    const template = ringOf(iphone(1), { deadline: Date.now() + 120_000 })
    const failures: (string | undefined)[] = []
    const deliveries = upTo(20_000).map(async number => {
      const attempts = await deliver(world.sender, { ...template, device: iphone(number) })
      // What the stand-in keeps of every push is not the sender's.
      if (number % 1_000 === 0) world.production.clearReceived()
      failures.push(...attempts.slice(0, -1).map(({ outcome }) => outcome.reason))
      return attempts.at(-1)?.outcome.kind
    })
    expect(new Set(await Promise.all(deliveries))).toEqual(new Set(['accepted']))
    clearInterval(sampler)
    // A machine that is held up may time out now and then.
    expect(failures.length, failures.slice(0, 5).join()).toBeLessThan(20)
    expect(world.production.connectionsTotal).toBe(1)
    expect(most / MIB).toBeLessThan(700)
    await world.close()
  }, 60_000)

  it('has at most 500 of them under way', async ({ world }) => {
    await world.warmUp()
    world.production.order({ delayMs: 700 }, { times: Number.POSITIVE_INFINITY })
    const sending = upTo(1_500).map(world.sendTo)
    await world.production.waitFor(received => received.length >= 501)
    await nextTurn()
    expect(world.production.received.length).toBe(501)
    await Promise.all(sending)
  })
})

describe.concurrent('closing', () => {
  it('lets what is in hand end first, what waits for its turn too', async ({ world, expect }) => {
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
        await production.waitFor(received => received.length > 1)
      },
    ],
  ])('ends for a connection that %s', async ([, prepare], { world }) => {
    await prepare(world)
    const startedAt = performance.now()
    await world.sender.close()
    expect(performance.now() - startedAt).toBeLessThan(6_500)
  })
})

describe('a storm of resets', () => {
  // An error of a session that no promise carries ends the process.
  it('leaves no error unhandled, and everything is delivered in the end', async ({ world }) => {
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
