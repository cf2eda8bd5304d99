import { type Logger, within } from '@ringer/service'
import type { JobResult, RedisClient } from '@ringer/store'
import { DelayedError, type Job, Worker } from 'bullmq'

/**
 * A dead worker's jobs are another's when its lock ran out and the check came round twice: within 4 s, of the 5 s that are
 * promised. A worker that lives renews its locks at half time.
 */
const LOCK_MS = 2_500
const STALLED_CHECK_MS = 750

/**
 * The longest that one look for jobs waits, in seconds, while none is due. Where Redis vanished without a goodbye, BullMQ
 * finds out a second later.
 */
const WAIT_S = 2

/** How long jobs in hand may take when a worker closes; each attempt has its own, shorter limit. */
const CLOSE_LIMIT_MS = 6_000

/** Handles one job: what it came to, or when it is due again (epoch ms). */
export type Handle = (job: Job) => Promise<JobResult | { retryAt: number }>

/** A running consumer of one queue. */
export interface RunningQueue {
  name: string
  /** Whether it looks for jobs, and the connection that it waits for them on is there. */
  isRunning(): boolean
  /** Takes no new job, finishes those in hand, and gives up waiting after 6 s: what is left is another worker's. */
  close(): Promise<void>
}

/** Consumes a queue. A job that is due again goes back with its time, and no attempt of BullMQ's own is used up. */
export function runQueue(options: {
  name: string
  redis: RedisClient
  prefix: string
  concurrency: number
  handle: Handle
  log: Logger
}): RunningQueue {
  const { name, redis, prefix, concurrency, handle, log } = options
  const worker = new Worker(
    name,
    async (job: Job, token?: string) => {
      const next = await handle(job)
      if (!('retryAt' in next)) return next
      await job.moveToDelayed(next.retryAt, token)
      throw new DelayedError()
    },
    {
      connection: redis,
      prefix,
      concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      drainDelay: WAIT_S,
      // A job that outlives several workers is still somebody's call; its deadline ends it.
      maxStalledCount: 100,
      // The default of 15 s is what a lost connection would cost.
      runRetryDelay: 500,
    },
  )
  worker.on('error', error => log.warn({ queue: name, reason: error.message }, 'queue'))
  worker.on('failed', (job, error) => log.error({ queue: name, jobId: job?.id, err: error }, 'job failed'))
  // BullMQ waits for jobs on a connection of its own, which may be lost while the other one answers.
  let waitsOn: { status: string } | undefined
  worker.backend.blockingConnection?.client.then(
    client => {
      waitsOn = client
    },
    () => {},
  )
  return {
    name,
    isRunning: () => worker.isRunning() && waitsOn?.status === 'ready',
    async close() {
      // Without Redis a worker closes never, not even by force. What it had in hand is another's when its locks end.
      const closed = await within(CLOSE_LIMIT_MS, worker.close())
      if (!closed.done) void worker.close(true).catch(() => {})
    },
  }
}
