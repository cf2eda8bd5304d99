import { type Figures, type QueueFigures, readVersion } from '@ringer/service'
import { type Keys, type RedisClient, readWorkers } from '@ringer/store'
import { type Breaker, describeQueues, type QueueView } from './describe-queues.ts'

/** A worker that is alive. Instants are ISO 8601, in UTC. */
export interface WorkerView {
  id: string
  version: string
  startedAt: string
  /** How long it has been running, and how long ago it said so last, ms. */
  runsMs: number
  seenMs: number
  queues: string[]
  leaves: string[]
}

/** What `GET /status` answers: how Ringer is doing at this moment. */
export interface StatusView {
  at: string
  /** The process that answers. Its figures are its own, everything else is in Redis and the same for all. */
  process: string
  version: string
  /** How long Redis took to answer, ms. */
  redisMs: number
  queues: QueueView[]
  workers: WorkerView[]
  breakers: Breaker[]
  figures: Figures
}

export interface StatusDeps {
  redis: RedisClient
  keys: Keys
  /** The name of the process that answers, such as `worker`. */
  process: string
  /** Reads the figures of all queues. */
  readQueues: () => Promise<ReadonlyMap<string, QueueFigures>>
  /** Reads rates and latencies of this process. */
  readFigures: () => Promise<Figures>
  /** Epoch ms, by Redis's clock. */
  now: () => number
}

/** Creates what answers `GET /status`. */
export function createStatus(deps: StatusDeps): () => Promise<StatusView> {
  const { redis, keys, process, readQueues, readFigures, now } = deps
  const version = readVersion()
  return async () => {
    const askedAt = performance.now()
    const [queues, workers] = await Promise.all([readQueues(), readWorkers(redis, keys)])
    const redisMs = Math.round(performance.now() - askedAt)
    const at = now()
    return {
      at: new Date(at).toISOString(),
      process,
      version,
      redisMs,
      ...describeQueues(queues, workers),
      workers: workers.map(({ id, version, startedAt, seenAt, queues, leaves }) => ({
        id,
        version,
        startedAt: new Date(startedAt).toISOString(),
        runsMs: Math.max(0, at - startedAt),
        seenMs: Math.max(0, at - seenAt),
        queues,
        leaves,
      })),
      figures: await readFigures(),
    }
  }
}
