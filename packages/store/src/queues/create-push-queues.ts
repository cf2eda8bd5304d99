import type { PushJob } from '@ringer/payloads'
import { Queue, type Telemetry } from 'bullmq'
import type { RedisClient } from '../redis/connect.ts'
import { kept, untilDeadline } from './create-call-queue.ts'
import { shortStreams } from './limit-event-streams.ts'
import { alertQueueName, pushQueueName } from './names.ts'

/**
 * A stop or an alert is not recorded. Its id is remembered for as long as it takes to recognise the push that the successor of
 * a crashed worker stores a second time: within 5 s, or later if Redis is down meanwhile.
 */
const REMEMBERED_MS = 60_000

/** BullMQ's last priority. */
const LAST = 2_097_151

/** The producer's side of the queues of pushes and of alerts: one job a device. */
export interface PushQueues {
  /**
   * Stores pushes of calls, or alerts, never both, in a provider's queue. A push that was stored before, for the same
   * ring, device, action and deadline, is left as it is.
   *
   * @param at when they are due, epoch ms. Default: now
   */
  enqueue(provider: string, jobs: PushJob[], at?: number): Promise<void>
  close(): Promise<void>
}

/**
 * @param connection from connectPatient: a fan-out that has begun is finished when Redis is back
 * @param providers the names of all providers
 * @param clock returns epoch ms by Redis's clock
 * @param telemetry traces what is stored. Default: nothing does
 */
export function createPushQueues(
  connection: RedisClient,
  prefix: string,
  providers: readonly string[],
  clock: () => number = Date.now,
  telemetry?: Telemetry,
): PushQueues {
  const names = providers.flatMap(provider => [pushQueueName(provider), alertQueueName(provider)])
  const queues = new Map(
    names.map(name => {
      const queue = new Queue<PushJob>(name, {
        ...{ connection, prefix, streams: shortStreams },
        ...(telemetry && { telemetry }),
      })
      queue.on('error', () => {})
      return [name, queue] as const
    }),
  )
  return {
    async enqueue(provider, jobs, at) {
      const delay = at === undefined ? 0 : Math.max(0, at - clock())
      const name = jobs.some(job => job.kind === 'alert') ? alertQueueName(provider) : pushQueueName(provider)
      await queues.get(name)?.addBulk(
        jobs.map(job => ({
          name: job.kind,
          data: job,
          opts: {
            ...kept,
            ...untilDeadline,
            jobId: pushJobId(job),
            ...(job.kind !== 'ring' && { deduplication: { id: pushJobId(job), ttl: REMEMBERED_MS } }),
            // BullMQ adds the delay to the timestamp, and workers compare the sum with their own clocks.
            timestamp: delay > 0 ? Date.now() : clock(),
            delay,
            // A stop overtakes the rings that wait.
            lifo: job.kind === 'stop',
            ...(job.kind === 'ring' && job.yields && { priority: Math.min(job.yields, LAST) }),
          },
        })),
      )
    },
    close: async () => {
      await Promise.all(Array.from(queues.values(), queue => queue.close()))
    },
  }
}

/**
 * The same push always has the same id, so that a fan-out that runs again after a crash adds nothing twice. The deadline
 * is part of it because a session id may be used again for a later call.
 */
function pushJobId(job: PushJob): string {
  if (job.kind === 'alert') return [job.alertId, job.deviceId].join('_')
  const { ringId, deviceId, deadline } = job
  if (job.kind === 'ring') return [ringId, deviceId, 'ring', deadline].join('_')
  const unless = job.ifUnanswered ? ['if-unanswered'] : []
  return [ringId, deviceId, job.action, ...unless, deadline].join('_')
}
