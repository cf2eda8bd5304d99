import { removeOldFailures } from '@ringer/store'
import { Queue, Worker } from 'bullmq'
import { expect, onTestFinished } from 'vitest'
import { describeStore, type TestStore } from '../describe-store.ts'

/** Adds jobs to a queue and lets all of them fail. */
async function fail({ redis, prefix }: TestStore, name: string, count: number): Promise<Queue> {
  const queue = new Queue(name, { connection: redis, prefix })
  onTestFinished(() => queue.close())
  await queue.addBulk(Array.from({ length: count }, () => ({ name: 'ring', data: { caller: 'Zenobia' } })))
  const worker = new Worker(name, async () => Promise.reject(new Error('unreadable')), {
    ...{ connection: redis, prefix },
    concurrency: 50,
  })
  await expect.poll(() => queue.getFailedCount(), { timeout: 15_000 }).toBe(count)
  await worker.close()
  return queue
}

describeStore('the removal of failed jobs', it => {
  it('removes those that failed long enough ago, from each queue, with all that they contain', async ({
    store,
  }) => {
    const { redis, prefix } = store
    const [calls, groups] = [await fail(store, 'calls', 2), await fail(store, 'groups', 1)]
    const [older, newer] = await calls.getFailed()
    await redis.zadd(`${prefix}:calls:failed`, 1_000, older?.id ?? '')
    expect(await removeOldFailures(redis, prefix, ['calls', 'groups'], 1_000)).toBe(1)
    expect(await redis.exists(`${prefix}:calls:${older?.id}`)).toBe(0)
    expect((await calls.getFailed()).map(job => job.id)).toEqual([newer?.id])

    expect(await removeOldFailures(redis, prefix, ['calls', 'groups'], Date.now() + 1_000)).toBe(2)
    expect(await groups.getFailedCount()).toBe(0)
    expect((await store.listKeys()).filter(key => /:(calls|groups):[\d-]+$/.test(key))).toEqual([])
  })

  it('removes at most 100 of a queue at once, so that Redis is never busy for long', async ({ store }) => {
    const calls = await fail(store, 'calls', 150)
    const remove = () => removeOldFailures(store.redis, store.prefix, ['calls'], Date.now() + 1_000)
    expect(await remove()).toBe(100)
    expect(await remove()).toBe(50)
    expect(await remove()).toBe(0)
    expect(await calls.getFailedCount()).toBe(0)
  })
})
