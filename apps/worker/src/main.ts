import {
  announceReady,
  apnsGroup,
  ConfigError,
  closeOnSignal,
  cometchatAppGroup,
  createAdminServer,
  createLogger,
  fcmGroup,
  loadConfig,
  processGroup,
  redisGroup,
  runMain,
  workerGroup,
} from '@ringer/service'
import { connectPatient, createProbe, waitUntilReady } from '@ringer/store'
import { createWorker } from './app.ts'
import { checkReadiness } from './check-readiness.ts'
import { createWorkerMetrics } from './metrics.ts'
import { createApnsSender } from './pushes/apns/create-apns-sender.ts'
import { createFcmSender } from './pushes/fcm/create-fcm-sender.ts'

const GRACE_MS = 15_000

await runMain(async () => {
  const config = loadConfig(process.env, {
    process: processGroup({ port: 0, adminPort: 3002 }),
    redis: redisGroup,
    app: cometchatAppGroup,
    worker: workerGroup,
    apns: apnsGroup,
    fcm: fcmGroup,
  })
  if (!config.apns && !config.fcm) {
    throw new ConfigError([
      'APNS_KEY_PATH: is required to ring iPhones (with APNS_KEY_ID, APNS_TEAM_ID and APNS_BUNDLE_ID)',
      'GOOGLE_APPLICATION_CREDENTIALS: is required to ring Android phones; at least one of the two must be there',
    ])
  }
  const log = createLogger('worker', config.process.logLevel)
  if (!config.apns) log.warn('APNs is not configured: iPhones are not rung')
  if (!config.fcm) log.warn('FCM is not configured: Android phones are not rung')

  const redis = connectPatient(config.redis.target)
  const metrics = createWorkerMetrics()
  const worker = createWorker({
    log,
    redis,
    prefix: config.redis.prefix,
    senders: [config.apns && createApnsSender(config.apns), config.fcm && createFcmSender(config.fcm)].filter(
      sender => sender !== undefined,
    ),
    queues: config.worker.queues,
    metrics,
  })
  const takesWrites = createProbe(redis, config.redis.prefix)
  const admin = createAdminServer({
    registry: metrics.registry,
    checks: () => checkReadiness(worker, takesWrites),
    readCall: sessionId => worker.records.read(config.app.appId ?? 'default', sessionId),
  })

  if (!(await waitUntilReady(redis, 2_000))) log.warn('Redis does not answer; nothing rings until it does')
  const adminUrl = await admin.listen({ host: config.process.adminHost, port: config.process.adminPort })
  closeOnSignal({
    log,
    graceMs: GRACE_MS,
    async close() {
      await worker.close()
      await admin.close()
      redis.disconnect()
    },
  })
  announceReady(log, { adminUrl })
})
