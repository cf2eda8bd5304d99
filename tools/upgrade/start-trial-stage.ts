import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  createStandInCredentials,
  freshPrefix,
  type StartedRedis,
  startFakeApns,
  startFakeFcm,
} from '@ringer/fakes'
import { forgetPrefix } from '../../apps/cli/src/demo/forget-prefix.ts'
import { type StartedProcess, startProcess } from '../../apps/cli/src/demo/start-process.ts'
import type { Version } from './phases.ts'

export const webhookSecret = 'orchard-lantern-copper'
export const registrationKey = 'a-registration-key-of-a-backend'

/** The stand-ins, and what starts the processes of both versions on one Redis. */
export type TrialStage = Awaited<ReturnType<typeof startTrialStage>>

/**
 * Starts the stand-ins. Processes get only settings that every version knows.
 *
 * @param roots the root of each version's clone
 */
export async function startTrialStage(redis: StartedRedis, roots: Record<Version, string>) {
  const credentials = await createStandInCredentials()
  const [apns, fcm, folder] = await Promise.all([
    startFakeApns({ credentials, environment: 'production' }),
    startFakeFcm({ credentials }),
    mkdtemp(join(tmpdir(), 'ringer-upgrade-')),
  ])
  const prefix = freshPrefix()
  const caPath = join(folder, 'ca.pem')
  await writeFile(caPath, credentials.ca)
  const shared = { REDIS_URL: redis.url, RINGER_PREFIX: prefix, ADMIN_PORT: '0', LOG_LEVEL: 'warn' }
  const settings = {
    ingress: {
      ...{ HOST: '127.0.0.1', PORT: '0', COMETCHAT_WEBHOOK_SECRET: webhookSecret },
      ...{ REGISTRATION_AUTH: 'key', REGISTRATION_KEY: registrationKey },
    },
    worker: {
      APNS_KEY: credentials.apns.privateKey,
      APNS_KEY_ID: credentials.apns.keyId,
      APNS_TEAM_ID: credentials.apns.teamId,
      APNS_BUNDLE_ID: credentials.apns.bundleId,
      APNS_PRODUCTION_URL: apns.url,
      APNS_SANDBOX_URL: apns.url,
      APNS_CA_PATH: caPath,
      FIREBASE_PROJECT_ID: credentials.fcm.projectId,
      FIREBASE_CLIENT_EMAIL: credentials.fcm.clientEmail,
      FIREBASE_PRIVATE_KEY: credentials.fcm.privateKey,
      FCM_URL: fcm.url,
      FCM_TOKEN_URL: fcm.tokenUrl,
      FCM_CA_PATH: caPath,
    },
  }
  const running = new Set<StartedProcess>()
  return {
    ...{ apns, fcm },
    async start(version: Version, app: 'ingress' | 'worker'): Promise<StartedProcess> {
      const apps = pathToFileURL(`${join(roots[version], 'apps')}/`)
      const started = await startProcess(app, { ...shared, ...settings[app] }, () => undefined, apps)
      running.add(started)
      return started
    },
    async close() {
      for (const started of running) await started.close('SIGKILL')
      await Promise.all([apns.close(), fcm.close(), rm(folder, { recursive: true, force: true })])
      if (redis.kind === 'url') await forgetPrefix(redis.url, prefix)
    },
  }
}
