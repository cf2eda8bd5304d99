import { callJob, pushJob } from '@ringer/payloads'
import { type Logger, within } from '@ringer/service'
import {
  CALLS,
  createCallRecords,
  createDeviceRegistry,
  createKeys,
  createPushQueues,
  type Provider,
  providers,
  pushQueueName,
  type RedisClient,
  readBacklog,
} from '@ringer/store'
import type { Job } from 'bullmq'
import { handleCall } from './calls/handle-call.ts'
import type { WorkerMetrics } from './metrics.ts'
import { createDeletionGuard } from './pushes/create-deletion-guard.ts'
import { handlePush } from './pushes/handle-push.ts'
import type { PushSender } from './pushes/push-sender.ts'
import { type Handle, type RunningQueue, runQueue } from './run-queue.ts'

const CALLS_IN_HAND = 50
const PUSHES_IN_HAND = 100
const CLOSE_LIMIT_MS = 1_000

export interface WorkerDeps {
  log: Logger
  /** From connectPatient. */
  redis: RedisClient
  prefix: string
  /** One for each provider that is configured. */
  senders: PushSender[]
  /** Names of the queues to serve: `calls`, `pushes-apns`, `pushes-fcm`. */
  queues: readonly string[]
  metrics: WorkerMetrics
  /** Epoch ms. */
  clock?: () => number
}

/** A worker: consumes the queues in the order in which a call goes through them. */
export function createWorker(deps: WorkerDeps) {
  const { log, redis, prefix, senders, metrics, clock = Date.now } = deps
  const keys = createKeys(prefix)
  const shared = {
    log,
    metrics,
    clock,
    records: createCallRecords(redis, keys),
    devices: createDeviceRegistry(redis, keys),
    pushQueues: createPushQueues(redis, prefix),
  }

  const serveCalls: Handle = async (job: Job) => {
    const call = callJob.parse(job.data)
    const configured = new Set<Provider>(senders.map(sender => sender.provider))
    await handleCall({ jobId: job.id ?? '', job: call }, { ...shared, providers: configured })
    return { sessionId: call.event.sessionId ?? '' }
  }

  const servePushes = (sender: PushSender): Handle => {
    const pushDeps = { ...shared, sender, deletionGuard: createDeletionGuard(clock) }
    return async (job: Job) => {
      const push = pushJob.parse(job.data)
      const next = await handlePush(push, job.attemptsStarted, pushDeps)
      return next.done ? { sessionId: push.sessionId } : { retryAt: next.at }
    }
  }

  const running: RunningQueue[] = []
  const serve = (name: string, concurrency: number, handle: Handle) => {
    if (deps.queues.includes(name)) running.push(runQueue({ name, redis, prefix, concurrency, handle, log }))
  }
  serve(CALLS, CALLS_IN_HAND, serveCalls)
  for (const provider of providers) {
    const sender = senders.find(candidate => candidate.provider === provider)
    if (sender) serve(pushQueueName(provider), PUSHES_IN_HAND, servePushes(sender))
  }

  return {
    records: shared.records,
    /** Whether every queue is being consumed. */
    isRunning: () => running.every(queue => queue.isRunning()),
    /** How long the oldest job that is due has waited in each queue that this worker serves, in ms. */
    readBacklog: () => {
      const names = running.map(({ name }) => name)
      return readBacklog(redis, prefix, names, clock())
    },
    /** Takes nothing new, finishes what is in hand, then closes the connections to the providers. */
    async close() {
      await Promise.all(running.map(queue => queue.close()))
      await Promise.all(senders.map(sender => sender.close()))
      await within(CLOSE_LIMIT_MS, shared.pushQueues.close())
    },
  }
}

export type RingerWorker = ReturnType<typeof createWorker>
