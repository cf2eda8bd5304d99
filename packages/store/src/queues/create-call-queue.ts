import { randomUUID } from 'node:crypto'
import { type CallEvent, type CallJob, eventId } from '@ringer/payloads'
import { type JobsOptions, Queue, type Telemetry } from 'bullmq'
import type { RedisClient } from '../redis/connect.ts'
import type { Shares } from './create-shares.ts'
import { CALLS, GROUPS } from './names.ts'

/**
 * How long a repeated event, or another ring of the same session, counts as the same call. CometChat retries at +10 s and
 * +40 s. A session id that comes again after this window is a new call.
 */
export const DUPLICATE_WINDOW_MS = 10 * 60_000

/**
 * How long a call without a time of its own is recognised. A webhook with a time is worth nothing 30 s after it; one without
 * would ring again whenever somebody sends it again. Each costs Redis about 170 bytes. Calls with times are recognised for the
 * shorter window, because their session may be used again.
 */
export const TIMELESS_WINDOW_MS = 24 * 3_600_000

/** BullMQ needs a window, and a user's reports should take little room. */
const REPORT_WINDOW_MS = 1_000

/**
 * What became of a call is in its record, so a job is deleted when it is done: BullMQ deletes jobs that are kept for some time
 * only when another one is done, and they contain names and texts. The duplicate marker stays.
 *
 * Only jobs that cannot be read fail. They are kept for diagnosis, until `removeOldFailures` removes them.
 */
export const kept: JobsOptions = {
  removeOnComplete: true,
  removeOnFail: { count: 10_000 },
}

/**
 * A job whose handler fails (because Redis refuses writes, say) is handled again until it succeeds. Only its deadline ends
 * it: after that, handling it succeeds by recording that it came too late.
 */
export const untilDeadline: JobsOptions = {
  attempts: Number.MAX_SAFE_INTEGER,
  backoff: { type: 'fixed', delay: 500 },
}

export type Enqueued = 'queued' | 'duplicate'

/** BullMQ takes jobs with a priority after all jobs without one, the lowest number first. */
export const priorities = { yields: 1, chat: 2 } as const

/** The sending end of the queues `calls` and `groups`, for the ingress. */
export interface CallQueue {
  /**
   * Stores a call event, unless the same event was stored within the duplicate window.
   * @throws if Redis did not take it in time. The event may be stored all the same: the sender's retry settles that.
   */
  enqueue(job: Omit<CallJob, 'yields'>): Promise<Enqueued>
  close(): Promise<void>
}

/**
 * @param connection from connectFailFast: with another one, `enqueue` could wait for Redis forever
 * @param prefix the prefix of all keys
 * @param shares says whose rings wait behind all others. Default: nobody's
 * @param telemetry traces what is stored. Default: nothing does
 */
export function createCallQueue(
  connection: RedisClient,
  prefix: string,
  shares?: Shares,
  telemetry?: Telemetry,
): CallQueue {
  const open = (name: string) => {
    const queue = new Queue<CallJob>(name, {
      connection,
      prefix,
      // skipWaitingForReady needs skipVersionCheck: otherwise the version check runs before the socket is ready, fails,
      // and leaves the queue broken for good.
      skipWaitingForReady: true,
      skipVersionCheck: true,
      skipMetasUpdate: true,
      ...(telemetry && { telemetry }),
    })
    queue.on('error', () => {})
    return queue
  }
  const calls = open(CALLS)
  const groups = open(GROUPS)
  return {
    async enqueue(given) {
      const job: CallJob = shares?.isOver(given) ? { ...given, yields: true } : given
      // BullMQ writes the duplicate marker and the job in one script. The job id is new each time, so if BullMQ returns
      // another id, the event was stored before.
      const jobId = randomUUID()
      const queue = job.event.kind === 'group' ? groups : calls
      const added = await queue.add(job.event.kind, job, {
        ...kept,
        jobId,
        ...untilDeadline,
        timestamp: job.receivedAt,
        deduplication: { id: eventId(job.appId, job.event), ttl: rememberedFor(job.event) },
        ...orderOf(job),
      })
      return added.id === jobId ? 'queued' : 'duplicate'
    },
    // close() rejects immediately while Redis is away.
    close: async () => {
      await Promise.allSettled([calls.close(), groups.close()])
    },
  }
}

/**
 * How long an event is recognised when it comes again, ms.
 *
 * An end or an answer without a time rings nobody. Taking a new one for an old one would let a phone ring on, so they keep the
 * shorter window.
 */
function rememberedFor(event: CallEvent): number {
  // Each report of an app is an event of its own, so there is nothing to recognise.
  if (event.kind === 'answer' && event.deviceId !== undefined) return REPORT_WINDOW_MS
  const rings = event.kind === 'ring' || event.kind === 'group'
  return rings && event.sentAt === undefined ? TIMELESS_WINDOW_MS : DUPLICATE_WINDOW_MS
}

/**
 * Puts ends and answers in front of the waiting rings, those of callers who have had their share behind them, and chat messages
 * behind all calls.
 */
function orderOf({ event: { kind }, yields }: CallJob): JobsOptions {
  if (kind === 'chat') return { priority: priorities.chat }
  if (yields) return { priority: priorities.yields }
  return { lifo: kind === 'end' || kind === 'answer' }
}
