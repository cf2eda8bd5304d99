import { callJob, pushJob } from '@ringer/payloads'
import { type Logger, within } from '@ringer/service'
import {
  alertQueueName,
  CALLS,
  createCallRecords,
  createDeviceRegistry,
  createKeys,
  createPushQueues,
  GROUPS,
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
import { refuseToSend } from './pushes/refuse-to-send.ts'
import { type Handle, type RunningQueue, runQueue } from './run-queue.ts'
import { unknownApp, type WorkerApp } from './worker-app.ts'

const CALLS_IN_HAND = 50
/** Few, for each of them may be a thousand rings, and other calls come in between. */
const GROUPS_IN_HAND = 5
const PUSHES_IN_HAND = 100
/** Few, so that a provider that is slow has room for rings. */
const ALERTS_IN_HAND = 20
const CLOSE_LIMIT_MS = 1_000

export interface WorkerDeps {
  log: Logger
  /** From connectPatient. */
  redis: RedisClient
  prefix: string
  /** The apps that are served, by their ids. */
  apps: ReadonlyMap<string, WorkerApp>
  /** Names of the queues to serve: `calls`, `pushes-apns`, `pushes-fcm`. */
  queues: readonly string[]
  metrics: WorkerMetrics
  /** Epoch ms. */
  clock?: () => number
}

/** A worker: consumes the queues in the order in which a call goes through them. */
export function createWorker(deps: WorkerDeps) {
  const { log, redis, prefix, apps, metrics, clock = Date.now } = deps
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
    const app = apps.get(call.appId) ?? unknownApp
    if (app === unknownApp) log.warn({ app: call.appId }, 'this worker has no settings of the app')
    const { retryAt } = await handleCall({ jobId: job.id ?? '', job: call }, { ...shared, app })
    return retryAt === undefined ? { sessionId: call.event.sessionId ?? '' } : { retryAt }
  }

  const servePushes = (provider: Provider): Handle => {
    const ways = new Map(
      Array.from(apps, ([appId, app]) => [
        appId,
        {
          sender: app.senders.find(sender => sender.provider === provider) ?? refuseToSend(provider),
          stopOtherDevices: app.stopOtherDevices,
          deletionGuard: createDeletionGuard(clock),
        },
      ]),
    )
    const noWay = {
      sender: refuseToSend(provider),
      stopOtherDevices: false,
      deletionGuard: createDeletionGuard(clock),
    }
    // What a version that served one app only has left in the queue names none.
    const [onlyApp] = apps.size === 1 ? apps.keys() : []
    return async (job: Job) => {
      const push = pushJob.parse({ appId: onlyApp, ...job.data })
      const way = ways.get(push.appId) ?? noWay
      const next = await handlePush(push, job.attemptsStarted, { ...shared, ...way })
      return next.done ? { sessionId: push.sessionId ?? '' } : { retryAt: next.at }
    }
  }

  const running: RunningQueue[] = []
  const serve = (name: string, concurrency: number, handle: Handle) => {
    running.push(runQueue({ name, redis, prefix, concurrency, handle, log }))
  }
  if (deps.queues.includes(CALLS)) {
    serve(CALLS, CALLS_IN_HAND, serveCalls)
    serve(GROUPS, GROUPS_IN_HAND, serveCalls)
  }
  const senders = Array.from(apps.values(), app => app.senders).flat()
  for (const provider of providers) {
    if (!deps.queues.includes(pushQueueName(provider))) continue
    if (!senders.some(sender => sender.provider === provider)) continue
    // Each with deletion guards of its own: that notifications arrive says nothing of the tokens that ring.
    serve(pushQueueName(provider), PUSHES_IN_HAND, servePushes(provider))
    serve(alertQueueName(provider), ALERTS_IN_HAND, servePushes(provider))
  }

  return {
    records: shared.records,
    /** Whether every queue is being consumed. */
    isRunning: () => running.every(queue => queue.isRunning()),
    /**
     * How long the oldest job that is due has waited in each queue that this worker serves, in ms. Ordinary notifications
     * may wait.
     */
    readBacklog: () => {
      const urgent = running
        .map(({ name }) => name)
        .filter(name => name === GROUPS || deps.queues.includes(name))
      return readBacklog(redis, prefix, urgent, clock())
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
