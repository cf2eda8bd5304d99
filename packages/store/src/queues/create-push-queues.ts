import type { PushJob } from '@ringer/payloads'
import { type JobsOptions, Queue } from 'bullmq'
import type { RedisClient } from '../redis/connect.ts'
import { kept } from './create-call-queue.ts'
import { alertQueueName, type Provider, providers, pushQueueName } from './names.ts'

/**
 * What people write to each other stays no longer than it takes to know a push again that a crashed worker's successor
 * stores once more.
 */
const keptBriefly: JobsOptions = { ...kept, removeOnComplete: { age: 60, count: 1_000 } }

/** The fan-out's end of the queues of pushes and of alerts: one job a device. */
export interface PushQueues {
  /** Stores pushes of calls, or alerts, never both; one that was stored before, for the same ring, device, action and deadline, is left as it is. */
  enqueue(provider: Provider, jobs: PushJob[]): Promise<void>
  close(): Promise<void>
}

/** @param connection from connectPatient: a fan-out that was begun is finished when Redis is back */
export function createPushQueues(connection: RedisClient, prefix: string): PushQueues {
  const names = providers.flatMap(provider => [pushQueueName(provider), alertQueueName(provider)])
  const queues = new Map(
    names.map(name => {
      const queue = new Queue<PushJob>(name, { connection, prefix })
      queue.on('error', () => {})
      return [name, queue] as const
    }),
  )
  return {
    async enqueue(provider, jobs) {
      const name = jobs.some(job => job.kind === 'alert') ? alertQueueName(provider) : pushQueueName(provider)
      await queues.get(name)?.addBulk(
        jobs.map(job => ({
          name: job.kind,
          data: job,
          opts: {
            ...(job.kind === 'alert' ? keptBriefly : kept),
            ...{ jobId: pushJobId(job), attempts: 20, backoff: { type: 'fixed', delay: 500 } },
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
 * The same push has the same id, so that a fan-out that is run again after a crash adds nothing twice. The deadline is
 * part of it because a session id may be used again for a later call.
 */
function pushJobId(job: PushJob): string {
  if (job.kind === 'alert') return [job.alertId, job.deviceId].join('_')
  const action = job.kind === 'stop' ? job.action : 'ring'
  return [job.ringId, job.deviceId, action, job.deadline].join('_')
}
