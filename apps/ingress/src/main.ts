import {
  announceReady,
  closeOnSignal,
  cometchatAppGroup,
  createAdminServer,
  createLogger,
  loadAppConfigs,
  processGroup,
  redisGroup,
  registrationGroup,
  runMain,
  webhookGroup,
} from '@ringer/service'
import {
  connectFailFast,
  createCallQueue,
  createCallRecords,
  createDeviceRegistry,
  createKeys,
  createProbe,
  readCall,
  waitUntilReady,
} from '@ringer/store'
import { createIngress } from './app.ts'
import { createIngressApp } from './create-ingress-app.ts'
import { createIngressMetrics } from './metrics.ts'
import { createRegistrationLimit } from './registration/create-registration-limit.ts'
import { warnOfSettings } from './warn-of-settings.ts'
import { STORE_LIMIT_MS } from './webhooks/webhook-routes.ts'

const GRACE_MS = 10_000

await runMain(async () => {
  const { own: config, apps: appConfigs } = loadAppConfigs(
    process.env,
    { process: processGroup({ port: 3000, adminPort: 3001 }), redis: redisGroup },
    { app: cometchatAppGroup, webhook: webhookGroup, registration: registrationGroup },
  )
  const log = createLogger('ingress', config.process.logLevel)
  const redis = connectFailFast(config.redis.target, STORE_LIMIT_MS)
  const callQueue = createCallQueue(redis, config.redis.prefix)
  const keys = createKeys(config.redis.prefix)
  const records = createCallRecords(redis, keys)
  const metrics = createIngressMetrics()
  const takesWrites = createProbe(redis, config.redis.prefix)
  const checks = async () => ({
    redis: (await takesWrites(STORE_LIMIT_MS)) || `Redis takes no writes within ${STORE_LIMIT_MS} ms`,
  })
  const apps = Array.from(appConfigs, ([appId, app]) => createIngressApp(appId, app))
  for (const app of apps) warnOfSettings(app, log)

  const app = createIngress({
    log,
    callQueue,
    devices: createDeviceRegistry(redis, keys),
    apps,
    limitRegistrations: createRegistrationLimit(redis, config.redis.prefix),
    checks,
    metrics,
  })
  const admin = createAdminServer({
    registry: metrics.registry,
    checks,
    readCall: sessionId => readCall(records, [...appConfigs.keys()], sessionId),
  })

  if (!(await waitUntilReady(redis, 2_000))) log.warn('Redis does not answer; webhooks get 503 until it does')
  const adminUrl = await admin.listen({ host: config.process.adminHost, port: config.process.adminPort })
  const url = await app.listen({ host: config.process.host, port: config.process.port })
  closeOnSignal({
    log,
    graceMs: GRACE_MS,
    async close() {
      await app.close()
      await admin.close()
      await callQueue.close()
      redis.disconnect()
    },
  })
  announceReady(log, { url, adminUrl })
})
