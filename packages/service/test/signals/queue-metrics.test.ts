import { createRegistry, type QueueFigures, watchQueueMetrics } from '@ringer/service'
import { expect, it } from 'vitest'

function start(read: () => Promise<ReadonlyMap<string, QueueFigures>>) {
  const registry = createRegistry('test')
  watchQueueMetrics({ registry, queues: ['calls'], read })
  const sample = async (series: string) => {
    const line = (await registry.metrics()).split('\n').find(each => each.startsWith(`${series} `))
    return line === undefined ? undefined : Number(line.split(' ').at(-1))
  }
  return { registry, sample }
}

const busy = new Map([['calls', { active: 2, waiting: 3, oldestMs: 1_500 }]])

it('reads Redis once for each scrape', async () => {
  let reads = 0
  const { registry } = start(async () => {
    reads += 1
    return busy
  })
  const text = await registry.metrics()
  expect(reads).toBe(1)
  expect(text).toContain('ringer_redis_up 1')
  expect(text).toContain('ringer_queue_jobs{queue="calls",state="active"} 2')
  expect(text).toContain('ringer_queue_jobs{queue="calls",state="waiting"} 3')
  expect(text).toContain('ringer_queue_oldest_seconds{queue="calls"} 1.5')
  expect(text).toContain('ringer_redis_round_trip_seconds_count 1')
})

it('reports that Redis is down while reads fail, and keeps the last values', async () => {
  let isUp = true
  const { sample } = start(async () => {
    if (!isUp) throw new Error('Connection is closed.')
    return busy
  })
  expect(await sample('ringer_redis_up')).toBe(1)
  isUp = false
  expect(await sample('ringer_redis_up')).toBe(0)
  expect(await sample('ringer_queue_oldest_seconds{queue="calls"}')).toBe(1.5)
  isUp = true
  expect(await sample('ringer_redis_up')).toBe(1)
})

it('answers a scrape although Redis does not answer, with at most one read of Redis under way', async () => {
  let reads = 0
  const { sample } = start(() => {
    reads += 1
    return new Promise(() => {})
  })
  expect(await sample('ringer_redis_up')).toBe(0)
  expect(await sample('ringer_redis_up')).toBe(0)
  expect(reads).toBe(1)
})
