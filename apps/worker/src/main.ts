import {
  announceReady,
  apnsGroup,
  ConfigError,
  callPolicyGroup,
  closeOnSignal,
  cometchatAppGroup,
  createAdminServer,
  createLogger,
  fcmGroup,
  loadAppConfigs,
  processGroup,
  redisGroup,
  runMain,
  workerGroup,
} from '@ringer/service'
import { connectPatient, createProbe, readCall, waitUntilReady } from '@ringer/store'
import { createWorker } from './app.ts'
import { checkReadiness } from './check-readiness.ts'
import { createWorkerApp } from './create-worker-app.ts'
import { createWorkerMetrics } from './metrics.ts'
import { watchCertificate } from './pushes/apns/watch-certificate.ts'

const GRACE_MS = 15_000

await runMain(async () => {
  const { own: config, apps } = loadAppConfigs(
    process.env,
    { process: processGroup({ port: 0, adminPort: 3002 }), redis: redisGroup, worker: workerGroup },
    { app: cometchatAppGroup, policy: callPolicyGroup, apns: apnsGroup, fcm: fcmGroup },
  )
  if (Array.from(apps.values()).every(({ apns, fcm }) => !apns && !fcm)) {
    throw new ConfigError([
      'APNS_KEY_PATH: is required to ring iPhones (with APNS_KEY_ID, APNS_TEAM_ID and APNS_BUNDLE_ID), or APNS_CERT_PATH',
      'GOOGLE_APPLICATION_CREDENTIALS: is required to ring Android phones; at least one of the two must be there',
    ])
  }
  const log = createLogger('worker', config.process.logLevel)
  for (const [app, { apns, fcm }] of apps) {
    if (!apns) log.warn({ app }, 'APNs is not configured: iPhones are not rung')
    if (!fcm) log.warn({ app }, 'FCM is not configured: Android phones are not rung')
  }

  const redis = connectPatient(config.redis.target)
  const metrics = createWorkerMetrics()
  for (const [app, { apns }] of apps) if (apns) watchCertificate(app, apns.auth, { log, metrics })
  const worker = createWorker({
    log,
    redis,
    prefix: config.redis.prefix,
    apps: new Map(Array.from(apps, ([appId, app]) => [appId, createWorkerApp(app)])),
    queues: config.worker.queues,
    metrics,
  })
  const takesWrites = createProbe(redis, config.redis.prefix)
  const admin = createAdminServer({
    registry: metrics.registry,
    checks: () => checkReadiness(worker, takesWrites),
    readCall: sessionId => readCall(worker.records, [...apps.keys()], sessionId),
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
