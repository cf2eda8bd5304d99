import {
  announceReady,
  closeOnSignal,
  cometchatAppGroup,
  createAdminServer,
  createLogger,
  loadConfig,
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
  waitUntilReady,
} from '@ringer/store'
import { createIngress } from './app.ts'
import { createIngressMetrics } from './metrics.ts'
import { STORE_LIMIT_MS } from './webhooks/webhook-routes.ts'

const GRACE_MS = 10_000

await runMain(async () => {
  const config = loadConfig(process.env, {
    process: processGroup({ port: 3000, adminPort: 3001 }),
    redis: redisGroup,
    app: cometchatAppGroup,
    webhook: webhookGroup,
    registration: registrationGroup,
  })
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
  const { appId } = config.app
  const { ringMs, credentials } = config.webhook

  if (config.registration.kind === 'none') {
    log.warn(
      'REGISTRATION_AUTH=none: anybody who can reach this server can make any user ring on their own phone',
    )
  }
  if (config.registration.kind === 'closed') {
    log.warn('REGISTRATION_AUTH is not set, so no phone can be registered; set it to key or jwt')
  }
  if (credentials.logins.length === 0) {
    log.warn(
      'no COMETCHAT_WEBHOOK_USERNAME: the custom push provider, which knows Basic only, is answered 401',
    )
  }

  const app = createIngress({
    log,
    callQueue,
    devices: createDeviceRegistry(redis, keys),
    webhookCredentials: credentials,
    registrationAuth: config.registration,
    appId,
    ringMs,
    checks,
    metrics,
  })
  const admin = createAdminServer({
    registry: metrics.registry,
    checks,
    readCall: sessionId => records.read(appId ?? 'default', sessionId),
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
