import { randomUUID } from 'node:crypto'
import { type CallEvent, type CallJob, eventId } from '@ringer/payloads'
import { type JobsOptions, Queue } from 'bullmq'
import type { RedisClient } from '../redis/connect.ts'
import { CALLS, GROUPS } from './names.ts'

/**
 * How long the same event, or a ring of the same session, is the same call. CometChat's retries come at +10 s and
 * +40 s; a session id that comes again after this is a new call.
 */
export const DUPLICATE_WINDOW_MS = 10 * 60_000

/** How finished jobs are kept, in seconds: long enough to look into, never without bound. */
export const kept: JobsOptions = {
  removeOnComplete: { age: 3_600, count: 10_000 },
  removeOnFail: { age: 86_400, count: 10_000 },
}

export type Enqueued = 'queued' | 'duplicate'

/** The ingress's end of the queues `calls` and `groups`. */
export interface CallQueue {
  /**
   * Stores a call event, unless the same event was stored within the duplicate window.
   * @throws when Redis did not take it in time; then it may or may not be stored, and the sender's retry settles that
   */
  enqueue(job: CallJob): Promise<Enqueued>
  close(): Promise<void>
}

/**
 * @param connection from connectFailFast, or `enqueue` would wait for Redis for ever
 * @param prefix of every key
 */
export function createCallQueue(connection: RedisClient, prefix: string): CallQueue {
  const open = (name: string) => {
    const queue = new Queue<CallJob>(name, {
      connection,
      prefix,
      // The two belong together: without the second, the version check runs before the socket is ready, fails, and
      // leaves the queue broken for good.
      skipWaitingForReady: true,
      skipVersionCheck: true,
      skipMetasUpdate: true,
    })
    queue.on('error', () => {})
    return queue
  }
  const calls = open(CALLS)
  const groups = open(GROUPS)
  return {
    async enqueue(job) {
      // BullMQ writes the duplicate marker and the job in one script. The job's id is new each time: when another
      // comes back, the event was there already.
      const jobId = randomUUID()
      const queue = job.event.kind === 'group' ? groups : calls
      const added = await queue.add(job.event.kind, job, {
        ...kept,
        jobId,
        attempts: 20,
        backoff: { type: 'fixed', delay: 500 },
        deduplication: { id: eventId(job.appId, job.event), ttl: DUPLICATE_WINDOW_MS },
        ...orderOf(job.event),
      })
      return added.id === jobId ? 'queued' : 'duplicate'
    },
    // Closing rejects at once while Redis is away.
    close: async () => {
      await Promise.allSettled([calls.close(), groups.close()])
    },
  }
}

/**
 * An end or an answer overtakes the rings that wait, and a message waits for every call: BullMQ takes jobs with a priority
 * after all of those without one.
 */
function orderOf({ kind }: CallEvent): JobsOptions {
  // What people write to each other does not stay here any longer than it takes.
  if (kind === 'chat') return { priority: 1, removeOnComplete: true }
  return { lifo: kind === 'end' || kind === 'answer' }
}
