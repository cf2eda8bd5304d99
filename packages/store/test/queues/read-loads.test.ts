import { readLoads } from '@ringer/store'
import { Queue } from 'bullmq'
import { expect, onTestFinished } from 'vitest'
import { describeStore } from '../describe-store.ts'

describeStore('the loads of queues', it => {
  it('are the numbers of jobs in hand and of all others that are not done', async ({ store }) => {
    const { redis, prefix } = store
    const [busy, idle] = ['busy', 'idle'].map(name => new Queue(name, { connection: redis, prefix }))
    onTestFinished(async () => {
      await Promise.all([busy?.close(), idle?.close()])
    })
    await busy?.add('now', {})
    await busy?.add('later', {}, { delay: 60_000 })
    await busy?.add('patient', {}, { priority: 1 })
    await redis.lpush(`${prefix}:busy:active`, 'in-hand')
    expect(await readLoads(redis, prefix, ['busy', 'idle'])).toEqual([
      { active: 1, waiting: 3 },
      { active: 0, waiting: 0 },
    ])
  })

  it('when read, restore the lost marker of a job that waits, and add none to an empty queue', async ({
    store,
  }) => {
    const { redis, prefix } = store
    const queue = new Queue('jobs', { connection: redis, prefix })
    onTestFinished(() => queue.close())
    await queue.add('job', {})
    await redis.del(`${prefix}:jobs:marker`)
    await readLoads(redis, prefix, ['jobs', 'idle'])
    expect(await redis.zrange(`${prefix}:jobs:marker`, '0', '-1')).toEqual(['0'])
    expect(await redis.exists(`${prefix}:idle:marker`)).toBe(0)
  })

  it('when read, restore the lost marker of a job that is due within a second, but not of one that is due later', async ({
    store,
  }) => {
    const { redis, prefix } = store
    const [soon, later] = ['soon', 'later'].map(name => new Queue(name, { connection: redis, prefix }))
    onTestFinished(async () => {
      await Promise.all([soon?.close(), later?.close()])
    })
    const job = await soon?.add('job', {}, { delay: 500 })
    await later?.add('job', {}, { delay: 60_000 })
    await redis.del([`${prefix}:soon:marker`, `${prefix}:later:marker`])
    await readLoads(redis, prefix, ['soon', 'later'])
    const [name, due] = await redis.zrange(`${prefix}:soon:marker`, '0', '-1', 'WITHSCORES')
    expect([name, Math.floor(Number(due))]).toEqual(['1', (job?.timestamp ?? 0) + 500])
    expect(await redis.exists(`${prefix}:later:marker`)).toBe(0)
  })
})
