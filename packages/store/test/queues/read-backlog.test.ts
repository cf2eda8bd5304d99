import { CALLS, readBacklog } from '@ringer/store'
import { Queue } from 'bullmq'
import { expect, onTestFinished } from 'vitest'
import { describeStore, type TestStore } from '../describe-store.ts'

const NOW = 1_800_000_000_000

describeStore('the backlog', it => {
  it('is zero when nothing waits', async ({ store }) => {
    expect(await read(store)).toEqual({ calls: 0, 'pushes-apns': 0 })
  })

  it("is the age of each queue's oldest job, even if younger ones overtook it", async ({ store }) => {
    const calls = openQueue(store, CALLS)
    await calls.add('ring', {}, { timestamp: NOW - 7_000 })
    await calls.add('ring', {}, { timestamp: NOW - 6_000 })
    await calls.add('end', {}, { timestamp: NOW - 100, lifo: true })
    expect(await read(store)).toEqual({ calls: 7_000, 'pushes-apns': 0 })
  })

  it('counts a delayed job from the time it is due', async ({ store }) => {
    const calls = openQueue(store, CALLS)
    await calls.add('ring', {}, { timestamp: NOW - 60_000, delay: 65_000 })
    expect(await read(store)).toMatchObject({ calls: 0 })
    expect(await read(store, NOW + 5_300)).toMatchObject({ calls: 300 })
  })

  it('ignores a job that was tried before, because its age does not say how long it has waited', async ({
    store,
  }) => {
    const calls = openQueue(store, CALLS)
    const { id } = await calls.add('ring', {}, { timestamp: NOW - 60_000 })
    await store.redis.hset(`${store.prefix}:${CALLS}:${id}`, 'ats', 1)
    expect(await read(store)).toMatchObject({ calls: 0 })
  })

  it('is never negative when clocks differ', async ({ store }) => {
    await openQueue(store, CALLS).add('ring', {}, { timestamp: NOW + 500 })
    expect(await read(store)).toMatchObject({ calls: 0 })
  })
})

const read = ({ redis, prefix }: TestStore, now = NOW) =>
  readBacklog(redis, prefix, [CALLS, 'pushes-apns'], now)

function openQueue({ redis, prefix }: TestStore, name: string): Queue {
  const queue = new Queue(name, { connection: redis, prefix })
  onTestFinished(() => queue.close())
  return queue
}
