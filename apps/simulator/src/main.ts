import { providerSettings, providers } from '@ringer/providers'
import {
  closeOnSignal,
  cometchatGroup,
  createLogger,
  loadConfig,
  processGroup,
  redisGroup,
  runMain,
  webhookGroup,
} from '@ringer/service'
import { connectPatient, createCallRecords, createKeys } from '@ringer/store'
import { simulatorGroup } from './simulator-group.ts'
import { keepCredentials } from './stand-ins/keep-credentials.ts'
import { startStandIns } from './stand-ins/start-stand-ins.ts'
import { watchStore } from './watch-store.ts'

const GRACE_MS = 5_000

await runMain(async () => {
  const config = loadConfig(
    process.env,
    {
      process: processGroup({ port: 4000, adminPort: 0 }),
      redis: redisGroup,
      app: cometchatGroup,
      webhook: webhookGroup,
      simulator: simulatorGroup,
    },
    providerSettings(providers),
  )
  const { simulator, webhook } = config
  const { appId } = config.app
  const [login] = webhook.credentials.logins
  const [secret] = webhook.credentials.secrets
  const log = createLogger('simulator', config.process.logLevel)
  const { target, prefix } = config.redis
  const redis = connectPatient(target)
  const store = watchStore({ redis, prefix, records: createCallRecords(redis, createKeys(prefix)), appId })

  const standInHost = simulator.hosts[0] ?? 'localhost'
  const credentials =
    simulator.credentialsDir === undefined
      ? undefined
      : await keepCredentials(simulator.credentialsDir, {
          hosts: simulator.hosts,
          tokenUrl: `https://${standInHost}:${simulator.fcmPort}/token`,
        })
  const standIns = await startStandIns({
    ingressUrl: simulator.ingressUrl,
    webhookCredentials: { ...login, ...(secret && { secret }) },
    registrationKey: simulator.registrationKey,
    watchCalls: store.watchCalls,
    readCall: store.readCall,
    host: simulator.host,
    port: simulator.port,
    hosts: [...simulator.hosts, simulator.host],
    credentials,
    standIns: {
      host: simulator.host,
      apnsPort: simulator.apnsPort,
      fcmPort: simulator.fcmPort,
      webpushPort: simulator.webpushPort,
      // The worker reaches a subscription's endpoint by this name.
      webpushName: standInHost,
      cometchatPort: simulator.cometchatPort,
    },
    cometchatApiKey: config.app.api?.apiKey,
    appId,
    ringSeconds: webhook.ringMs / 1_000,
    logger: log,
  })

  closeOnSignal({
    log,
    graceMs: GRACE_MS,
    async close() {
      await standIns.close()
      await store.close()
      redis.disconnect()
    },
  })
  log.info(
    {
      url: standIns.url,
      apnsUrl: standIns.apns.url,
      fcmUrl: standIns.fcm.url,
      webpushUrl: standIns.webpush.url,
      cometchatUrl: standIns.cometchat.url,
    },
    'ready',
  )
})
