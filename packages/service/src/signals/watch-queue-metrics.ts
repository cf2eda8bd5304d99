import { Gauge, Histogram, type Registry } from 'prom-client'
import { within } from '../within.ts'

/** How long a scrape waits for Redis. Prometheus waits 10 s by default. */
const READ_LIMIT_MS = 1_000

/** One queue, as Redis knows it. */
export interface QueueFigures {
  /** Jobs in the hands of workers. */
  active: number
  /** All others that are not done. */
  waiting: number
  /** How long the oldest job that is due has waited for a worker, ms. */
  oldestMs: number
}

/**
 * Adds the metrics of the queues and of Redis. They are read when they are asked for. While Redis does not answer,
 * `ringer_redis_up` is 0 and the queues keep the figures that were read last.
 *
 * Every process of Ringer reports the same queues, so that they are known while no worker runs: take the maximum.
 *
 * @param options.queues their names
 * @param options.read reads the figures of these queues. Its commands may wait until Redis is back
 */
export function watchQueueMetrics(options: {
  registry: Registry
  queues: readonly string[]
  read: () => Promise<ReadonlyMap<string, QueueFigures>>
}): void {
  const { registry, queues, read } = options
  let reading: Promise<void> | undefined

  async function readNow() {
    const startedAt = performance.now()
    const figures = await read()
    roundTrip.observe((performance.now() - startedAt) / 1_000)
    for (const [queue, found] of figures) show(queue, found)
  }

  /** The metrics of a scrape share one reading. Scrapes share the one that is under way, so that none pile up. */
  async function isRead(): Promise<boolean> {
    reading ??= readNow().finally(() => {
      reading = undefined
    })
    return (await within(READ_LIMIT_MS, reading)).done
  }
  const collect = async () => void (await isRead())

  new Gauge({
    name: 'ringer_redis_up',
    help: `Whether Redis answered within ${READ_LIMIT_MS / 1_000} s when the metrics were read: 1 or 0`,
    registers: [registry],
    async collect() {
      this.set((await isRead()) ? 1 : 0)
    },
  })
  const roundTrip = new Histogram({
    name: 'ringer_redis_round_trip_seconds',
    help: 'How long Redis took to answer when the metrics were read',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers: [registry],
    collect,
  })
  const jobs = new Gauge({
    name: 'ringer_queue_jobs',
    help: 'Jobs in a queue, by state: active (in the hands of workers) or waiting',
    labelNames: ['queue', 'state'],
    registers: [registry],
    collect,
  })
  const oldest = new Gauge({
    name: 'ringer_queue_oldest_seconds',
    help: 'How long the oldest job that is due has waited for a worker, by queue',
    labelNames: ['queue'],
    registers: [registry],
    collect,
  })

  function show(queue: string, { active, waiting, oldestMs }: QueueFigures) {
    jobs.set({ queue, state: 'active' }, active)
    jobs.set({ queue, state: 'waiting' }, waiting)
    oldest.set({ queue }, oldestMs / 1_000)
  }
  for (const queue of queues) show(queue, { active: 0, waiting: 0, oldestMs: 0 })
}
