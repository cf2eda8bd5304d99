import type { Provider } from '@ringer/providers'
import {
  createOutageLog,
  createUnreadableReport,
  type Logger,
  type OutageLog,
  readVersion,
  type Tracing,
  within,
} from '@ringer/service'
import {
  CALLS,
  createCallRecords,
  createDeviceRegistry,
  createEventQueue,
  createKeys,
  createPushQueues,
  EVENTS,
  GROUPS,
  limitEventStreams,
  noEventNotes,
  pushQueueName,
  type RedisClient,
  readBacklog,
  startHeartbeat,
} from '@ringer/store'
import { createAttempts } from './attempts/create-attempts.ts'
import { createRingEndReport } from './attempts/create-ring-end-report.ts'
import { serveCalls } from './calls/serve-calls.ts'
import { createReceiver } from './events/create-receiver.ts'
import { EVENTS_IN_HAND, serveEvents } from './events/serve-events.ts'
import type { WorkerMetrics } from './metrics.ts'
import { servePushes } from './pushes/serve-pushes.ts'
import { removeFailuresInTime } from './queues/remove-failures.ts'
import { type QueueHandler, runQueue } from './queues/run-queue.ts'
import { watchQueues } from './queues/watch-queues.ts'
import { settleOpenRings } from './rings/settle-open-rings.ts'
import type { WorkerTenant } from './worker-tenant.ts'

/** Failed jobs are kept for as long as records, but no longer than a day. */
const A_DAY_MS = 86_400_000

const CLOSE_LIMIT_MS = 1_000

/** How long the outcomes of the last attempts, and the stops that follow from them, may take to be stored. */
const STORE_LIMIT_MS = 2_000

export interface WorkerDeps {
  log: Logger
  /** From connectPatient. */
  redis: RedisClient
  prefix: string
  /** The tenants that are served, by app id. */
  tenants: ReadonlyMap<string, WorkerTenant>
  /** All providers, configured or not. */
  providers: readonly Provider[]
  /** Names of the queues to serve: `calls`, the providers' push queues, and `events`. */
  queues: readonly string[]
  metrics: WorkerMetrics
  /** How many jobs the queue of events takes. Default: 100,000. */
  mostEventJobs?: number | undefined
  /** How many notifications all workers send a minute through each provider. Default: no limit. */
  alertsPerMinute?: number | undefined
  /** How long records of calls are kept, and how often failed jobs are looked for, ms. Default: a day, and 30 s. */
  retention?: { callRecordMs: number; lookEveryMs?: number }
  /** Whether log lines name the recipient of a ring. Default: true. */
  logUids?: boolean
  /** Default: nothing is traced. */
  tracing?: Pick<Tracing, 'telemetry' | 'traced'> | undefined
  /** Default: one of its own. */
  redisOutage?: OutageLog
  /** Returns epoch ms by Redis's clock. Default: Date.now. */
  clock?: () => number
}

/** Creates a worker, which consumes its queues: first those of calls, then those of pushes, as a call passes through them. */
export function createWorker(deps: WorkerDeps) {
  const { log, redis, prefix, tenants, providers, metrics, clock = Date.now } = deps
  const { logUids = true, redisOutage = createOutageLog({ log, what: 'Redis' }) } = deps
  const { callRecordMs, lookEveryMs } = deps.retention ?? { callRecordMs: A_DAY_MS }
  const keys = createKeys(prefix)
  const providerNames = providers.map(({ name }) => name)
  const onUnreadable = createUnreadableReport(log, metrics.unreadable)
  const receivers = new Map(
    Array.from(tenants).flatMap(([appId, { events: settings }]) => {
      if (!settings) return []
      return [[appId, createReceiver(settings, { appId, log, inHand: EVENTS_IN_HAND })] as const]
    }),
  )
  const events =
    receivers.size === 0
      ? undefined
      : createEventQueue(redis, prefix, {
          isOn: appId => receivers.get(appId)?.isOn() ?? false,
          onDropped: createDropReport(log, metrics),
          mostJobs: deps.mostEventJobs,
          apps: receivers.size,
          clock,
        })
  const shared = {
    events: events ?? noEventNotes,
    ...{ log, metrics, clock, tenants, providers, redisOutage },
    reportRingEnd: createRingEndReport({ log, metrics, logUids, clock }),
    records: createCallRecords(redis, keys, { onUnreadable, keptMs: callRecordMs }),
    devices: createDeviceRegistry(redis, keys, { onUnreadable }),
    pushQueues: createPushQueues(redis, prefix, providerNames, clock, deps.tracing?.telemetry),
    traced: deps.tracing?.traced,
  }
  const isServed = ({ setting }: Pick<QueueHandler, 'setting'>) => deps.queues.includes(setting)
  const isUsed = ({ name }: Provider) => Array.from(tenants.values()).some(({ senders }) => senders.has(name))
  const pushing = providers
    .filter(provider => isUsed(provider) && isServed({ setting: pushQueueName(provider.name) }))
    .map(provider => ({ provider, attempts: createAttempts(provider, shared) }))
  const attempts = new Map(pushing.map(({ provider, attempts }) => [provider.name, attempts]))
  const running = [
    ...serveCalls({ ...shared, attempts }),
    ...pushing.flatMap(({ provider, attempts }) =>
      servePushes(provider, attempts, { ...shared, alertsPerMinute: deps.alertsPerMinute }),
    ),
    ...(events ? [serveEvents({ ...shared, events, receivers })] : []),
  ]
    .filter(isServed)
    .map(handler =>
      runQueue({
        ...handler,
        redis,
        prefix,
        log,
        redisOutage,
        clock,
        telemetry: deps.tracing?.telemetry,
        onPaused: isPaused => metrics.pausedQueues.inc(isPaused ? 1 : -1),
      }),
    )

  void limitEventStreams(redis, prefix, [CALLS, GROUPS]).catch(() => {})
  const watch = watchQueues(redis, prefix, running, redisOutage)
  const [startedAt, version] = [clock(), readVersion()]
  const settling = isServed({ setting: CALLS }) ? settleOpenRings({ ...shared, redis, keys }) : undefined
  const describe = () => {
    const namesOf = (isPaused: boolean) =>
      running.filter(queue => queue.isPaused() === isPaused).map(({ name }) => name)
    return { startedAt, version, queues: namesOf(false), leaves: namesOf(true) }
  }
  const heartbeat = startHeartbeat(redis, keys, describe, { onOpenRings: settling?.look })
  const removal = removeFailuresInTime({
    ...{ redis, prefix, clock, redisOutage },
    queues: running.map(({ name }) => name),
    keptMs: Math.min(A_DAY_MS, callRecordMs),
    everyMs: lookEveryMs,
  })

  return {
    records: shared.records,
    /** Resolves when every queue is being consumed. */
    connected: Promise.all(running.map(queue => queue.connected)),
    /** The queues that this worker leaves to others, because it cannot reach their provider. */
    pausedQueues: () => running.filter(queue => queue.isPaused()).map(({ name }) => name),
    /** Whether every queue is being consumed. */
    isRunning: () => running.every(queue => queue.isRunning()),
    /**
     * How long the oldest job that is due has waited in each queue that this worker serves, in ms. Alert pushes and
     * events may wait, so their queues are left out.
     */
    readBacklog: () => {
      const urgent = running
        .map(({ name }) => name)
        .filter(name => name === GROUPS || (name !== EVENTS && deps.queues.includes(name)))
      return readBacklog(redis, prefix, urgent, clock())
    },
    /** Takes no new jobs, finishes those in hand, then closes the connections to the providers. */
    async close() {
      watch.close()
      removal.close()
      const removed = within(CLOSE_LIMIT_MS, Promise.all([heartbeat.close(), settling?.close()]))
      await Promise.all(running.map(queue => queue.close()))
      const senders = Array.from(tenants.values(), tenant => [...tenant.senders.values()]).flat()
      await Promise.all(senders.map(sender => sender.close()))
      await within(STORE_LIMIT_MS, Promise.all(running.map(queue => queue.idle())))
      for (const receiver of receivers.values()) receiver.close()
      await within(CLOSE_LIMIT_MS, Promise.all([shared.pushQueues.close(), events?.close()]))
      await removed
    },
  }
}

const REPORT_MS = 60_000

/** Counts the events that were not stored, and logs it once a minute. */
function createDropReport(log: Logger, { eventsDropped }: WorkerMetrics): (count: number) => void {
  let silentUntil = 0
  return count => {
    eventsDropped.inc(count)
    if (performance.now() < silentUntil) return
    silentUntil = performance.now() + REPORT_MS
    log.error("the queue of events is full, so the app's backend misses some: it does not take them in time")
  }
}

export type RingerWorker = ReturnType<typeof createWorker>
