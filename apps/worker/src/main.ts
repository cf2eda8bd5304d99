import { setTimeout } from 'node:timers/promises'
import { createLookup, createStatus, operatorPage } from '@ringer/diagnosis'
import { createStateUrls } from '@ringer/payloads'
import { providerSettings } from '@ringer/providers'
import { sendingProviders } from '@ringer/providers/senders'
import {
  announceReady,
  CannotStart,
  ConfigError,
  closeOnSignal,
  createAdminServer,
  createLogger,
  createOutageLog,
  loadTenantConfigs,
  readFigures,
  runMain,
  watchClockOffset,
  watchQueueMetrics,
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
import { createTenant } from './create-tenant.ts'
import { createWorker, type RingerWorker } from './create-worker.ts'
import { createWorkerMetrics } from './metrics.ts'

const GRACE_MS = 15_000

/** How long to wait for Redis before the process says that it started without it. */
const REDIS_LIMIT_MS = 2_000

await runMain(async () => {
  const settings = providerSettings(sendingProviders)
  const queues = [CALLS, ...sendingProviders.map(({ name }) => pushQueueName(name)), EVENTS]
  const { own, each } = workerGroups(queues, settings)
  const { own: config, tenants: configs } = loadTenantConfigs(process.env, own, each, settings)
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
  const metrics = createWorkerMetrics({
    apps: new Map(
      Array.from(configs, ([appId, { providers }]) => [
        appId,
        names.filter(name => providers.get(name) !== undefined),
      ]),
    ),
    providers: names,
    withEvents,
  })
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
  const checkClock = watchClockOffset(clock, { log, registry: metrics.registry })
  const keys = createKeys(config.redis.prefix)
  const tenants = new Map(
    Array.from(configs, ([appId, tenant]) => [
      appId,
      createTenant(tenant, sendingProviders, clock.now, {
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
  const checks = async () => ({ ...(await checkReadiness(worker, checkRedis)), ...checkClock() })
  const known = [...allQueues(names), ...(withEvents.length > 0 ? [EVENTS] : [])]
  const readQueues = () => readQueueFigures(redis, config.redis.prefix, known, clock.now())
  watchQueueMetrics({ registry: metrics.registry, queues: known, read: readQueues })
  const admin = createAdminServer({
    registry: metrics.registry,
    allowedHosts: config.process.adminAllowedHosts,
    recordsKeptMs: config.retention.callRecordMs,
    checks,
    token: config.process.adminToken,
    calls: createLookup({ redis, keys, records, appIds: [...configs.keys()], now: clock.now }),
    page: operatorPage(
      createStatus({
        ...{ redis, keys, process: 'worker', readQueues, now: clock.now },
        readFigures: () => readFigures(metrics.registry),
      }),
    ),
  })

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
      retention: { callRecordMs: config.retention.callRecordMs },
      metrics,
      logUids: config.process.logUids,
      redisOutage,
      clock: clock.now,
    })
    await worker.connected
  }

  const starting = start()
  const started = starting.then(() => true)
  if (!(await Promise.race([started, setTimeout(REDIS_LIMIT_MS, false)]))) {
    log.warn('Redis does not answer; nothing rings until it does')
    void findTrouble(config.redis.target).then(found => found && log.error(`Redis: ${found}`))
  }
  void runMain(() => starting)
  const adminUrl = await admin.listen({ host: config.process.adminHost, port: config.process.adminPort })
  closeOnSignal({
    log,
    graceMs: GRACE_MS,
    async close() {
      await worker?.close()
      await admin.close()
      clock.close()
      endReports()
      redis.disconnect()
    },
  })
  announceReady(log, { adminUrl }, checks)
})
