import { createLogger } from '@ringer/service'
import { Queue } from 'bullmq'
import { expect } from 'vitest'
import { it } from '../../../test/fixtures/store.ts'
import { runQueue, type StepAside } from '../src/run-queue.ts'

const PLACES = 3

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
