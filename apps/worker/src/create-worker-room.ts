import { setTimeout } from 'node:timers/promises'
import { createLookup, createStatus, operatorPage } from '@ringer/diagnosis'
import { createStateUrls } from '@ringer/payloads'
import { providerSettings } from '@ringer/providers'
import { sendingProviders } from '@ringer/providers/senders'
import {
  CannotStart,
  ConfigError,
  createLogger,
  createOutageLog,
  createProcessMetrics,
  type Env,
  loadTenantConfigs,
  type ProcessMetrics,
  type Room,
  readFigures,
  runMain,
  type Tracing,
  workerGroups,
} from '@ringer/service'
import {
  allQueues,
  CALLS,
  connectPatient,
  createCallRecords,
  createKeys,
  createRedisCheck,
  createRedisClock,
  createRequestCount,
  describeMissingPermissions,
  EVENTS,
  findMissingPermissions,
  findTrouble,
  pushQueueName,
  readQueueFigures,
  reportConnection,
} from '@ringer/store'
import { createSenderReports } from './attempts/create-sender-reports.ts'
import { checkReadiness } from './check-readiness.ts'
import { createWorker, type RingerWorker } from './create-worker.ts'
import { createWorkerTenant } from './create-worker-tenant.ts'
import { createWorkerMetrics } from './metrics.ts'

const GRACE_MS = 15_000

/** How long to wait for Redis before the process says that it started without it. */
const REDIS_LIMIT_MS = 2_000

/**
 * Creates the worker of a process, by the settings of the environment.
 *
 * @param ofProcess the metrics of the process, which the worker's are added to
 * @param tracing traces each call. Default: nothing does
 * @throws ConfigError listing every fault of the environment
 */
export function createWorkerRoom(
  environment: Env,
  ofProcess: ProcessMetrics = createProcessMetrics('worker'),
  tracing?: Tracing,
): Room {
  const settings = providerSettings(sendingProviders)
  const queues = [CALLS, ...sendingProviders.map(({ name }) => pushQueueName(name)), EVENTS]
  const { own, each } = workerGroups(queues, settings)
  const { own: config, tenants: configs } = loadTenantConfigs(environment, own, each, settings)
  const isConfigured = (name: string) =>
    Array.from(configs.values()).some(({ providers }) => providers.get(name) !== undefined)
  if (!sendingProviders.some(({ name }) => isConfigured(name))) {
    const faults = sendingProviders.map(({ required: [name, fix] }) => `${name}: ${fix}`)
    throw new ConfigError([
      ...faults.slice(0, -1),
      `${faults.at(-1)}; at least one provider must be configured`,
    ])
  }
  const log = createLogger('worker', config.process.logLevel)
  const names = sendingProviders.map(({ name }) => name)
  const withEvents = Array.from(configs).flatMap(([appId, { events }]) => (events ? [appId] : []))
  const apps = new Map(
    Array.from(configs, ([appId, { providers }]) => [
      appId,
      names.filter(name => providers.get(name) !== undefined),
    ]),
  )
  const metrics = createWorkerMetrics({ apps, providers: names, withEvents }, ofProcess)
  for (const [appId, { providers }] of configs) {
    for (const { name, title, phones, watchCredentials } of sendingProviders) {
      const own = providers.get(name)
      if (own === undefined) log.warn({ app: appId }, `${title} is not configured: ${phones} are not rung`)
      const onExpiry = (expiresAt: number) => metrics.credentialExpiry.set({ app: appId }, expiresAt / 1_000)
      if (own !== undefined) watchCredentials?.(own, { appId, log, onExpiry })
    }
  }

  const redis = connectPatient(config.redis.target)
  const redisOutage = createOutageLog({ log, what: 'Redis' })
  const endReports = reportConnection(redis, redisOutage)
  const clock = createRedisClock(redis, config.redis.prefix)
  const keys = createKeys(config.redis.prefix)
  const tenants = new Map(
    Array.from(configs, ([appId, tenant]) => [
      appId,
      createWorkerTenant(tenant, sendingProviders, clock.now, {
        proxyUrl: config.proxyUrl,
        stateUrlOf: config.state && createStateUrls(config.state).urlOf,
        share: createRequestCount(redis, keys, appId),
        reportsOf: provider => createSenderReports({ appId, provider, log, metrics }),
        cometchatOutage: createOutageLog({ log, what: 'CometChat', fields: { app: appId } }),
      }),
    ]),
  )
  const records = createCallRecords(redis, keys)
  const checkRedis = createRedisCheck(redis, config.redis.target, config.redis.prefix)
  let worker: RingerWorker | undefined
  const checks = async () => ({
    ...(await checkReadiness(worker, checkRedis)),
    clock: { ready: true, offsetMs: clock.offsetMs() },
  })
  const allNames = [...allQueues(names), ...(withEvents.length > 0 ? [EVENTS] : [])]
  const readQueues = () => readQueueFigures(redis, config.redis.prefix, allNames, clock.now())

  /** Takes jobs as soon as Redis is up, its user may do what is needed, and the time is known. */
  async function start() {
    const missing = await findMissingPermissions(redis, config.redis.prefix)
    if (missing.length > 0) throw new CannotStart(describeMissingPermissions(config.redis.target, missing))
    await clock.measured
    worker = createWorker({
      log,
      redis,
      prefix: config.redis.prefix,
      tenants,
      providers: sendingProviders,
      queues: config.worker.queues,
      alertsPerMinute: config.worker.alertsPerMinute,
      retention: { callRecordMs: config.retention.callRecordMs },
      metrics,
      logUids: config.process.logUids,
      redisOutage,
      tracing,
      clock: clock.now,
    })
    await worker.connected
  }

  return {
    ...{ log, metrics, checks, clock, queues: allNames, readQueues },
    graceMs: GRACE_MS,
    admin: {
      host: config.process.adminHost,
      port: config.process.adminPort,
      allowedHosts: config.process.adminAllowedHosts,
      recordsKeptMs: config.retention.callRecordMs,
      token: config.process.adminToken,
      calls: createLookup({
        ...{ redis, keys, records, appIds: [...configs.keys()], now: clock.now },
        logUids: config.process.logUids,
      }),
      page: operatorPage(
        createStatus({
          ...{ redis, keys, process: ofProcess.process, readQueues, now: clock.now },
          readFigures: () => readFigures(metrics.registry),
        }),
      ),
    },
    async prepare() {
      const starting = start()
      const started = starting.then(() => true)
      if (!(await Promise.race([started, setTimeout(REDIS_LIMIT_MS, false)]))) {
        log.warn('Redis does not answer; nothing rings until it does')
        void findTrouble(config.redis.target).then(found => found && log.error(`Redis: ${found}`))
      }
      void runMain(() => starting)
    },
    listen: async () => undefined,
    async finish() {
      await worker?.close()
    },
    async disconnect() {
      clock.close()
      endReports()
      redis.disconnect()
    },
  }
}
