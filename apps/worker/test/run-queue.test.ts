import { startRelay } from '@ringer/fakes'
import { createLogger } from '@ringer/service'
import { connectPatient } from '@ringer/store'
import { Queue } from 'bullmq'
import { describe, expect, onTestFinished } from 'vitest'
import { it, type TestStore } from '../../../test/fixtures/store.ts'
import { runQueue, type StepAside } from '../src/queues/run-queue.ts'

const PLACES = 3
const HELD = 200
const LONGER_THAN_A_LOCK_MS = 3_000

it('takes further jobs while those in hand only wait, and no more than its places otherwise', async ({
  store: { redis, prefix },
}) => {
  const waiting = Promise.withResolvers<void>()
  const working = Promise.withResolvers<void>()
  const begun: string[] = []
  const running = runQueue({
    ...{ name: 'jobs', redis, prefix, concurrency: PLACES, log: createLogger('test', 'silent') },
    clock: Date.now,
    onPaused: () => {},
    redisOutage: { failed() {}, worked() {}, isOn: () => false },
    async handle({ name }, stepAside: StepAside) {
      begun.push(name)
      if (name === 'waiting') await stepAside(waiting.promise)
      else await working.promise
      return { sessionId: '' }
    },
  })
  const queue = new Queue('jobs', { connection: redis, prefix })
  const add = (name: string, count: number) =>
    queue.addBulk(Array.from({ length: count }, () => ({ name, data: {}, opts: {} })))

  await add('waiting', 2 * PLACES)
  await expect.poll(() => begun.length, { timeout: 5_000 }).toBe(2 * PLACES)
  await add('working', 2 * PLACES)
  await expect.poll(() => begun.length, { timeout: 5_000 }).toBe(3 * PLACES)
  // The places of jobs that stepped aside are given back when they end.
  waiting.resolve()
  await expect.poll(() => queue.getActiveCount()).toBe(PLACES)
  expect(begun).toHaveLength(3 * PLACES)
  working.resolve()
  await expect.poll(() => begun.length).toBe(4 * PLACES)
  await running.close()
  await queue.close()
})

it('consumes a queue that may rest as soon as it is told of jobs', async ({ store: { redis, prefix } }) => {
  const handled: string[] = []
  const queue = new Queue('jobs', { connection: redis, prefix })
  await queue.add('first', {})
  const running = runQueue({
    ...{ name: 'jobs', redis, prefix, concurrency: 1, mayRest: true, log: createLogger('test', 'silent') },
    clock: Date.now,
    onPaused: () => {},
    redisOutage: { failed() {}, worked() {}, isOn: () => false },
    async handle({ name }) {
      handled.push(name)
      return { sessionId: '' }
    },
  })
  // It may be told so before it has looked whether there is anything to do.
  await running.notice({ active: 0, waiting: 1 })
  await expect.poll(() => handled, { timeout: 5_000 }).toEqual(['first'])
  await running.close()
  await queue.close()
})

// BullMQ's own renewal lost about one in fourteen of these locks.
it('renews the locks of jobs that it took again at once', { timeout: 60_000 }, async ({
  store: { redis, prefix },
}) => {
  const over = Promise.withResolvers<void>()
  const held = new Set<string>()
  const running = runQueue({
    ...{ name: 'jobs', redis, prefix, concurrency: 2 * HELD, log: createLogger('test', 'silent') },
    clock: Date.now,
    onPaused: () => {},
    redisOutage: { failed() {}, worked() {}, isOn: () => false },
    async handle({ id = '', attemptsStarted }) {
      if (attemptsStarted < 4) return { retryAt: Date.now() }
      held.add(id)
      await over.promise
      return { sessionId: '' }
    },
  })
  const queue = new Queue('jobs', { connection: redis, prefix })
  // One after the other: a job is then often taken by the slot that waits for jobs, not by the one that gave it back.
  for (let count = 1; count <= HELD; count++) {
    await queue.add('held', {})
    await expect.poll(() => held.size, { interval: 1 }).toBe(count)
  }
  const unrenewedLocksAreGone = Date.now() + LONGER_THAN_A_LOCK_MS
  await expect.poll(Date.now, { timeout: 10_000 }).toBeGreaterThan(unrenewedLocksAreGone)
  const locks = await redis.exists(Array.from(held, id => `${prefix}:jobs:${id}:lock`))
  expect(locks).toBe(HELD)
  over.resolve()
  await running.close()
  await queue.close()
})

describe('far from Redis', () => {
  const ROUND_TRIP_MS = 200
  const JOBS = 40

  /** Consumes a queue over a slow network. Returns how long each job waited until it was begun, ms. */
  async function consume({ target, prefix }: TestStore) {
    const upstreamPort = target.kind === 'single' ? Number(new URL(target.url).port) : 0
    const relay = await startRelay({ host: '127.0.0.1', port: 0, upstreamPort })
    onTestFinished(() => relay.close())
    const far = connectPatient({ kind: 'single', url: `redis://127.0.0.1:${relay.port}` })
    onTestFinished(() => far.disconnect())
    await far.ping()
    relay.delay(ROUND_TRIP_MS / 2)
    const waited: number[] = []
    const running = runQueue({
      ...{ name: 'jobs', redis: far, prefix, concurrency: 200, log: createLogger('test', 'silent') },
      clock: Date.now,
      onPaused: () => {},
      redisOutage: { failed() {}, worked() {}, isOn: () => false },
      async handle({ data }) {
        waited.push(performance.now() - data.addedAt)
        return { sessionId: '' }
      },
    })
    onTestFinished(() => running.close())
    return waited
  }

  // BullMQ's own loop asks for one job a round trip, and begins none before it has asked for all: after 8 s.
  it('begins the jobs that wait after a few round trips, not after one for each', async ({ store }) => {
    const queue = new Queue('jobs', { connection: store.redis, prefix: store.prefix })
    const job = { name: 'job', data: { addedAt: performance.now() } }
    await queue.addBulk(Array.from({ length: JOBS }, () => job))
    const waited = await consume(store)
    await expect.poll(() => waited.length, { timeout: 20_000 }).toBe(JOBS)
    expect(Math.max(...waited)).toBeLessThan(20 * ROUND_TRIP_MS)
    await queue.close()
  })

  it('begins a job soon although others come faster than it can ask for them', async ({ store }) => {
    const waited = await consume(store)
    const queue = new Queue('jobs', { connection: store.redis, prefix: store.prefix })
    let added = 0
    const adding = setInterval(() => {
      added += 1
      void queue.add('job', { addedAt: performance.now() })
      if (added === JOBS) clearInterval(adding)
    }, ROUND_TRIP_MS / 4)
    await expect.poll(() => waited.length, { timeout: 20_000 }).toBe(JOBS)
    expect(Math.max(...waited)).toBeLessThan(10 * ROUND_TRIP_MS)
    await queue.close()
  })
})
