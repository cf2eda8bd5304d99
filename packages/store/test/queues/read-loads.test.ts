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

  it('bring back the marker of a job that waits, and leave none where nothing waits', async ({ store }) => {
    const { redis, prefix } = store
    const queue = new Queue('jobs', { connection: redis, prefix })
    onTestFinished(() => queue.close())
    await queue.add('job', {})
    await redis.del(`${prefix}:jobs:marker`)
    await readLoads(redis, prefix, ['jobs', 'idle'])
    expect(await redis.zrange(`${prefix}:jobs:marker`, '0', '-1')).toEqual(['0'])
    expect(await redis.exists(`${prefix}:idle:marker`)).toBe(0)
  })
})
