import { AsyncLocalStorage } from 'node:async_hooks'
import { startRedis, startRelay } from '@ringer/fakes'
import { createLogger } from '@ringer/service'
import { connectPatient } from '@ringer/store'
import { Queue } from 'bullmq'
import { expect, onTestFinished, vi } from 'vitest'
import { it, type TestStore } from '../../../../test/fixtures/store.ts'
import { JobTaker } from '../../src/queues/job-taker.ts'
import { type QueueHandler, runQueue } from '../../src/queues/run-queue.ts'
import { watchQueues } from '../../src/queues/watch-queues.ts'

const noOutage = { failed() {}, worked() {}, isOn: () => false }

/** Consumes the queue `jobs` until the test is over. */
function consume(
  { redis, prefix }: Pick<TestStore, 'redis' | 'prefix'>,
  more: Pick<QueueHandler, 'handle'> & Partial<Parameters<typeof runQueue>[0]>,
) {
  const running = runQueue({
    ...{ name: 'jobs', redis, prefix, concurrency: 50, log: createLogger('test', 'silent') },
    ...{ clock: Date.now, onPaused: () => {}, redisOutage: noOutage },
    ...more,
  })
  onTestFinished(() => running.close())
  return running
}

function openQueue({ redis, prefix }: Pick<TestStore, 'redis' | 'prefix'>) {
  const queue = new Queue('jobs', { connection: redis, prefix })
  onTestFinished(() => queue.close())
  return queue
}

const isAwaited = async (redis: TestStore['redis'], count: number) => {
  const clients = String(await redis.call('CLIENT', 'LIST'))
  return clients.split('\n').filter(line => line.includes('cmd=bzpopmin')).length === count
}

// The worker that leaves still waits for jobs. It got the marker that says when the job is due, and told nobody: another
// worker began the job 5 s late.
it('begins a job when it is due, even if Redis notified a worker that was leaving the queue', async () => {
  const server = await startRedis({ kind: 'redis-server' })
  onTestFinished(() => server.close())
  const open = () => {
    const redis = connectPatient({ kind: 'single', url: server.url })
    onTestFinished(() => redis.disconnect())
    return { redis, prefix: '{left}' }
  }
  const [here, there, other] = [open(), open(), open()]
  let canHandle = true
  let late: number | undefined
  const leaving = consume(here, { canHandle: () => canHandle, handle: async () => ({ sessionId: '' }) })
  await expect.poll(() => isAwaited(other.redis, 1)).toBe(true)
  const staying = consume(there, {
    async handle({ data }) {
      late = Date.now() - data.due
      return { sessionId: '' }
    },
  })
  await expect.poll(() => isAwaited(other.redis, 2)).toBe(true)
  const watch = watchQueues(there.redis, there.prefix, [staying], noOutage)
  onTestFinished(() => watch.close())
  canHandle = false
  await expect.poll(() => leaving.isPaused()).toBe(true)
  await openQueue(other).add('job', { due: Date.now() + 1_000 }, { delay: 1_000 })
  await expect.poll(() => late, { timeout: 10_000 }).toBeDefined()
  expect(late).toBeLessThan(1_000)
})

it('begins a job that it waited for before it asks for the next one, and soon begins that one too', async () => {
  const server = await startRedis({ kind: 'redis-server' })
  onTestFinished(() => server.close())
  const redis = connectPatient({ kind: 'single', url: server.url })
  onTestFinished(() => redis.disconnect())
  const scriptsRun = async () => {
    const stats = String(await redis.info('commandstats'))
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0)
  }
  const store = { redis, prefix: '{head-start}' }
  const queue = openQueue(store)
  await queue.waitUntilReady()
  const both = Promise.withResolvers<void>()
  let asked = 0
  consume(store, {
    async handle({ name }) {
      if (name === 'first') {
        // A script that was asked for meanwhile has run when this is answered.
        await redis.ping()
        asked = await scriptsRun()
        await queue.add('second', {})
        vi.advanceTimersByTime(10)
      }
      if (name === 'second') both.resolve()
      if (name !== 'warm') await both.promise
      return { sessionId: '' }
    },
  })
  const isWaiting = async () => String(await redis.call('CLIENT', 'LIST')).includes(' flags=b ')
  await expect.poll(isWaiting).toBe(true)
  // Redis learns the scripts.
  await queue.add('warm', {})
  await expect.poll(async () => (await queue.getActiveCount()) === 0 && (await isWaiting())).toBe(true)
  const before = await scriptsRun()
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  await queue.add('first', {})
  await both.promise
  vi.useRealTimers()
  // One script added the job, one took it.
  expect(asked).toBe(before + 2)
})

// BullMQ notices after the end of its wait, 5 to 7 s later.
it('takes jobs although the connection on which it waits for them is frozen', async ({ store }) => {
  const { target, prefix } = store
  const upstreamPort = target.kind === 'single' ? Number(new URL(target.url).port) : 0
  const relay = await startRelay({ host: '127.0.0.1', port: 0, upstreamPort })
  onTestFinished(() => relay.close())
  const url = `redis://127.0.0.1:${relay.port}`
  const near = connectPatient({ kind: 'single', url })
  onTestFinished(() => near.disconnect())
  await near.ping()
  const ofCommands = relay.connectionsTotal
  let waited: number | undefined
  const running = consume(
    { redis: near, prefix },
    {
      async handle({ timestamp }) {
        waited = Date.now() - timestamp
        return { sessionId: '' }
      },
    },
  )
  await running.connected
  await expect.poll(() => relay.connectionsTotal).toBe(ofCommands + 1)
  const watch = watchQueues(near, prefix, [running], noOutage)
  onTestFinished(() => watch.close())
  relay.freeze({ only: connection => connection > ofCommands })
  await openQueue(store).add('job', {})
  await expect.poll(() => waited, { timeout: 10_000 }).toBeDefined()
  expect(waited).toBeLessThan(3_000)
  relay.thaw()
})

it('asks for one job at a time, twice a second, while Redis refuses to give out any', async ({ store }) => {
  const errors: number[] = []
  let isRefusing = false
  let handled = 0
  const over = Promise.withResolvers<void>()
  class Refused extends JobTaker {
    protected override async moveToActive(token: string, name?: string) {
      if (isRefusing) throw new Error('NOREPLICAS Not enough good replicas to write.')
      return super.moveToActive(token, name)
    }
  }
  const { redis, prefix } = store
  const handle = async () => {
    handled += 1
    if (handled === 40) isRefusing = true
    await over.promise
  }
  const options = { connection: redis, prefix, concurrency: 200, autorun: false, runRetryDelay: 500 }
  const taker = new Refused('jobs', handle, options)
  onTestFinished(() => taker.close())
  taker.on('error', () => errors.push(performance.now()))
  const queue = openQueue(store)
  await queue.addBulk(Array.from({ length: 100 }, () => ({ name: 'job', data: {} })))
  void taker.run()
  await expect.poll(() => errors.length).toBeGreaterThan(0)
  const first = errors[0] ?? 0
  await expect.poll(() => performance.now() - first, { timeout: 5_000 }).toBeGreaterThan(2_300)
  // Those that were on their way at the first refusal fail with it.
  expect(errors.filter(at => at > first + 400).length).toBeLessThanOrEqual(4)
  isRefusing = false
  await expect.poll(() => handled, { timeout: 5_000 }).toBe(100)
  over.resolve()
})

// With OpenTelemetry the context is a span: a job without a trace of its own counted as part of another job.
it('begins no job in the context of the one that made room for it', async ({ store }) => {
  const context = new AsyncLocalStorage<string>()
  const over = Promise.withResolvers<void>()
  const contexts: (string | undefined)[] = []
  consume(store, {
    concurrency: 1,
    async handle({ name }, stepAside) {
      contexts.push(context.getStore())
      if (name === 'aside') await context.run('aside', () => stepAside(over.promise))
      return { sessionId: '' }
    },
  })
  const queue = openQueue(store)
  await queue.add('aside', {})
  await queue.add('job', {})
  await expect.poll(() => contexts.length, { timeout: 5_000 }).toBe(2)
  over.resolve()
  await queue.add('job', {})
  await expect.poll(() => contexts.length, { timeout: 5_000 }).toBe(3)
  expect(contexts).toEqual([undefined, undefined, undefined])
})
