import { setTimeout } from 'node:timers/promises'
import { createLookup, createStatus, operatorPage } from '@ringer/diagnosis'
import { createStateUrls } from '@ringer/payloads'
import { createProviders, providerSettings, providers, webpushAppSettings } from '@ringer/providers'
import {
  CannotStart,
  createLogger,
  createOutageLog,
  createProcessMetrics,
  createUnreadableReport,
  type Env,
  ingressGroups,
  loadTenantConfigs,
  type ProcessMetrics,
  type Room,
  readFigures,
  runMain,
  type Tracing,
} from '@ringer/service'
import {
  allQueues,
  connectFailFast,
  createAnswerReports,
  createCallQueue,
  createCallRecords,
  createDeviceRegistry,
  createEventQueue,
  createKeys,
  createPhoneRings,
  createRedisCheck,
  createRedisClock,
  createRequestCount,
  createShares,
  createWebhookLog,
  describeMissingPermissions,
  EVENTS,
  findMissingPermissions,
  findTrouble,
  readQueueFigures,
  reportConnection,
  watchRingChanges,
} from '@ringer/store'
import { createIngress } from './create-ingress.ts'
import { createIngressTenant } from './create-ingress-tenant.ts'
import { createIngressMetrics } from './metrics.ts'
import { createRegistrationLimit } from './registration/create-registration-limit.ts'
import { warnAboutSettings } from './warn-about-settings.ts'
import { STORE_LIMIT_MS } from './webhooks/webhook-routes.ts'

const GRACE_MS = 10_000

/** How long to wait for Redis before the process says that it started without it. */
const REDIS_LIMIT_MS = 2_000

/**
 * Creates the ingress of a process, by the settings of the environment.
 *
 * @param ofProcess the metrics of the process, which the ingress's are added to
 * @param tracing traces each call. Default: nothing does
 * @throws ConfigError listing every fault of the environment
 */
export function createIngressRoom(
  environment: Env,
  ofProcess: ProcessMetrics = createProcessMetrics('ingress'),
  tracing?: Tracing,
): Room {
  const { own: config, tenants: tenantConfigs } = loadTenantConfigs(
    environment,
    ingressGroups.own,
    { ...ingressGroups.each, webpush: webpushAppSettings },
    providerSettings(providers),
  )
  const log = createLogger('ingress', config.process.logLevel)
  const redis = connectFailFast(config.redis.target, STORE_LIMIT_MS)
  const redisOutage = createOutageLog({ log, what: 'Redis' })
  const endReports = reportConnection(redis, redisOutage)
  const clock = createRedisClock(redis, config.redis.prefix)
  const shares = createShares(appId => tenantConfigs.get(appId)?.budgets, clock.now)
  const callQueue = createCallQueue(redis, config.redis.prefix, shares, tracing?.telemetry)
  const keys = createKeys(config.redis.prefix)
  const names = providers.map(({ name }) => name)
  const metrics = createIngressMetrics([...tenantConfigs.keys()], names, ofProcess)
  const hasEvents = Array.from(tenantConfigs.values()).some(({ events }) => events !== undefined)
  const queues = [...allQueues(names), ...(hasEvents ? [EVENTS] : [])]
  const events = hasEvents
    ? createEventQueue(redis, config.redis.prefix, {
        isOn: appId => tenantConfigs.get(appId)?.events !== undefined,
        clock: clock.now,
      })
    : undefined
  const readQueues = () => readQueueFigures(redis, config.redis.prefix, queues, clock.now())
  const onUnreadable = createUnreadableReport(log, metrics.unreadable)
  const records = createCallRecords(redis, keys, { onUnreadable, keptMs: config.retention.callRecordMs })
  const checkRedis = createRedisCheck(redis, config.redis.target, config.redis.prefix)
  const checks = async () => ({
    clock: { ready: true, offsetMs: clock.offsetMs() },
    redis: await checkRedis(STORE_LIMIT_MS),
  })
  const tenants = Array.from(tenantConfigs, ([appId, tenantConfig]) =>
    createIngressTenant(
      appId,
      tenantConfig,
      createRequestCount(redis, keys, appId),
      createOutageLog({ log, what: 'CometChat', fields: { app: appId } }),
    ),
  )
  for (const tenant of tenants) warnAboutSettings(tenant, log)
  // A worker sends an app's pushes only to the hosts of that app.
  const endpointHosts = Array.from(tenantConfigs.values()).flatMap(({ webpush }) => webpush.endpointHosts)

  const server = createIngress({
    log,
    callQueue: {
      ...callQueue,
      // Without Redis's time, the deadline of a call would be a guess.
      enqueue: async job => {
        if (!clock.isMeasured()) throw new Error("Redis's time is not known yet")
        const enqueue = () => callQueue.enqueue(job)
        if (!tracing) return enqueue()
        const { appId, event } = job
        const attributes = {
          'ringer.app': appId,
          'ringer.event': event.kind,
          'ringer.session': event.sessionId ?? '',
        }
        return tracing.traced('webhook', attributes, enqueue)
      },
    },
    webhookLog: createWebhookLog(redis, keys, config.retention.callRecordMs),
    devices: createDeviceRegistry(redis, keys, { onUnreadable }),
    records,
    answerReports: createAnswerReports(redis, keys),
    tenants,
    providers: createProviders(endpointHosts),
    maxConnections: config.process.maxConnections,
    trustProxy: config.process.trustProxy,
    logUids: config.process.logUids,
    limitRegistrations: createRegistrationLimit(redis, config.redis.prefix),
    phones: config.state && {
      stateUrls: createStateUrls(config.state),
      rings: createPhoneRings(redis, keys, { onUnreadable }),
      events,
      watch: listener => watchRingChanges(config.redis.target, keys, listener),
    },
    checks,
    metrics,
    redisOutage,
    clock: clock.now,
  })
  /** Waits until Redis is up, its user may do what is needed, and the time is known. */
  async function start() {
    const missing = await findMissingPermissions(redis, config.redis.prefix)
    if (missing.length > 0) throw new CannotStart(describeMissingPermissions(config.redis.target, missing))
    await clock.measured
  }

  return {
    ...{ log, metrics, checks, clock, queues, readQueues },
    graceMs: GRACE_MS,
    admin: {
      host: config.process.adminHost,
      port: config.process.adminPort,
      allowedHosts: config.process.adminAllowedHosts,
      recordsKeptMs: config.retention.callRecordMs,
      token: config.process.adminToken,
      calls: createLookup({
        ...{ redis, keys, records, appIds: [...tenantConfigs.keys()], now: clock.now },
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
        log.warn('Redis does not answer; webhooks get 503 until it does')
        void findTrouble(config.redis.target).then(found => found && log.error(`Redis: ${found}`))
      }
      void runMain(() => starting)
    },
    listen: () => server.listen({ host: config.process.host, port: config.process.port }),
    finish: () => server.close(),
    async disconnect() {
      await callQueue.close()
      await events?.close()
      clock.close()
      endReports()
      redis.disconnect()
    },
  }
}
