import { readWorkers, startHeartbeat, type WorkerRecord } from '@ringer/store'
import { expect } from 'vitest'
import { describeStore, type TestStore } from '../describe-store.ts'

const AT = 1_800_000_000_000
const patience = { timeout: 10_000 }

const read = ({ redis, keys }: TestStore) => readWorkers(redis, keys)

/** How a worker of a test differs from the usual one, which beats every 20 ms and lives for 10 s. */
interface Different extends Partial<WorkerRecord> {
  everyMs?: number
  livesMs?: number
}

describeStore('the list of workers', storeIt => {
  const it = storeIt.extend('start', ({ store: { redis, keys } }, { onCleanup }) => {
    const heartbeats: ReturnType<typeof startHeartbeat>[] = []
    onCleanup(async () => {
      await Promise.all(heartbeats.map(heartbeat => heartbeat.close()))
    })
    return ({ everyMs = 20, livesMs = 10_000, ...record }: Different = {}) => {
      const describe = () => ({ startedAt: AT, version: '1.2.3', queues: ['calls'], leaves: [], ...record })
      const heartbeat = startHeartbeat(redis, keys, describe, { everyMs, livesMs })
      heartbeats.push(heartbeat)
      return heartbeat
    }
  })

  it('is empty when no worker ever ran', async ({ store }) => {
    expect(await read(store)).toEqual([])
  })

  it('has each living worker with its queues, the oldest first', async ({ store, start }) => {
    const young = start({ startedAt: AT + 5_000, queues: ['calls', 'pushes-apns'] })
    const old = start()
    await expect.poll(() => read(store), patience).toHaveLength(2)
    const seenAt = expect.closeTo(Date.now(), -5)
    expect(await read(store)).toEqual([
      { id: old.id, startedAt: AT, version: '1.2.3', queues: ['calls'], leaves: [], seenAt },
      {
        id: young.id,
        startedAt: AT + 5_000,
        version: '1.2.3',
        queues: ['calls', 'pushes-apns'],
        leaves: [],
        seenAt,
      },
    ])
  })

  it('tells which queues a worker consumes now', async ({ store, start }) => {
    const queues = ['calls', 'pushes-apns']
    start({ queues })
    await expect.poll(() => read(store), patience).toMatchObject([{ queues: ['calls', 'pushes-apns'] }])
    queues.pop()
    await expect.poll(() => read(store), patience).toMatchObject([{ queues: ['calls'] }])
  })

  it('keeps a worker for as long as it beats, and says when it did last', async ({ store, start }) => {
    start({ livesMs: 1_000 })
    await expect.poll(() => read(store), patience).toHaveLength(1)
    const [first] = await read(store)
    await expect
      .poll(async () => (await read(store))[0]?.seenAt, patience)
      .toBeGreaterThan((first?.seenAt ?? 0) + 1_500)
  })

  it('drops a worker as soon as it closes, and keeps the others', async ({ store, start }) => {
    const closing = start()
    const staying = start()
    await expect.poll(() => read(store), patience).toHaveLength(2)
    await closing.close()
    expect(await read(store)).toMatchObject([{ id: staying.id }])
  })

  it('never has a worker that closed during its first beat', async ({ store, start }) => {
    // The first beat after a restart of Redis takes two commands, and the second one is sent later.
    await store.redis.script('FLUSH')
    await start().close()
    expect(await read(store)).toEqual([])
    expect(await store.listKeys()).toEqual([])
  })

  it('loses a worker that died, and nothing of it is left', async ({ store, start }) => {
    // One that beats only once stands for a killed process.
    start({ everyMs: 3_600_000, livesMs: 500 })
    await expect.poll(() => read(store), patience).toHaveLength(1)
    await expect.poll(() => read(store), patience).toEqual([])
    await expect.poll(() => store.listKeys(), patience).toEqual([])
  })

  it('drops the ids of the dead while others live', async ({ store, start }) => {
    const { redis, keys } = store
    const dead = start({ everyMs: 3_600_000, livesMs: 500 })
    await expect.poll(() => read(store), patience).toHaveLength(1)
    const alive = start({ livesMs: 500 })
    await expect.poll(() => redis.zscore(keys.workers(), dead.id), patience).toBeNull()
    await expect.poll(() => read(store), patience).toMatchObject([{ id: alive.id }])
  })

  it('leaves out a record that cannot be read', async ({ store, start }) => {
    const { redis, keys } = store
    for (const [id, record] of [
      ['w1', 'no JSON'],
      ['w2', '{"startedAt":"soon"}'],
    ] as const) {
      await redis.set(keys.worker(id), record)
      await redis.zadd(keys.workers(), Date.now(), id)
    }
    const { id } = start()
    await expect.poll(() => read(store), patience).toMatchObject([{ id }])
  })
})
