import type { PushJob } from '@ringer/payloads'
import { Queue } from 'bullmq'
import type { RedisClient } from '../redis/connect.ts'
import { kept } from './create-call-queue.ts'
import { type Provider, providers, pushQueueName } from './names.ts'

/** The fan-out's end of the queues `pushes-apns` and `pushes-fcm`: one job a device. */
export interface PushQueues {
  /** Stores pushes; one that was stored before, for the same ring, device, action and deadline, is left as it is. */
  enqueue(provider: Provider, jobs: PushJob[]): Promise<void>
  close(): Promise<void>
}

/** @param connection from connectPatient: a fan-out that was begun is finished when Redis is back */
export function createPushQueues(connection: RedisClient, prefix: string): PushQueues {
  const queues = new Map(
    providers.map(provider => {
      const queue = new Queue<PushJob>(pushQueueName(provider), { connection, prefix })
      queue.on('error', () => {})
      return [provider, queue] as const
    }),
  )
  return {
    async enqueue(provider, jobs) {
      await queues.get(provider)?.addBulk(
        jobs.map(job => ({
          name: job.kind,
          data: job,
          opts: { ...kept, jobId: pushJobId(job), attempts: 20, backoff: { type: 'fixed', delay: 500 } },
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
  const action = job.kind === 'stop' ? job.action : 'ring'
  return [job.ringId, job.deviceId, action, job.deadline].join('_')
}
