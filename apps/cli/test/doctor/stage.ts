import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StartedRedis } from '@ringer/fakes'
import { type FakeCometChat, startFakeCometChat } from '@ringer/fakes/cometchat'
import { readWorkers } from '@ringer/store'
import { expect } from 'vitest'
import { it as redisIt } from '../../../../test/fixtures/redis.ts'
import {
  login,
  registrationKey,
  secret,
  startWorld,
  stateSecret,
  type World,
} from '../../../../test/world.ts'
import { type DoctorReport, diagnose } from '../../src/doctor/diagnose.ts'
import type { CheckResult } from '../../src/doctor/run-checks.ts'

/** Everything that a call passes through, and the settings of the processes. */
export interface Stage {
  world: World
  cometchat: FakeCometChat
  /** The settings with which every check succeeds, if a worker runs. */
  env: Readonly<Record<string, string>>
  folder: string
  /** Writes a file and returns its path. */
  write(name: string, text: string): string
  /** Adds a worker, and waits until Redis knows that it is alive. */
  addWorker(options?: Parameters<World['addWorker']>[0]): Promise<void>
  /** Runs the doctor with these settings instead of the usual ones. Undefined removes a setting. */
  examine(
    changes?: Record<string, string | undefined>,
    more?: { url?: string; clock?: () => number },
  ): Promise<DoctorReport>
}

/** Starts the stage, without a worker. */
export async function startStage(world: World): Promise<Stage & { close(): Promise<void> }> {
  const cometchat = await startFakeCometChat()
  const folder = mkdtempSync(join(tmpdir(), 'ringer-doctor-'))
  const write = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  const { credentials, apns, sandbox, fcm, target, prefix } = world
  const ca = write('ca.pem', credentials.ca)
  const env = {
    REDIS_URL: target.kind === 'single' ? target.url : '',
    RINGER_PREFIX: prefix,
    COMETCHAT_WEBHOOK_USERNAME: login.username,
    COMETCHAT_WEBHOOK_PASSWORD: login.password,
    COMETCHAT_WEBHOOK_SECRET: secret,
    REGISTRATION_AUTH: 'key',
    REGISTRATION_KEY: registrationKey,
    RINGER_PUBLIC_URL: world.ingress,
    RINGER_STATE_SECRET: stateSecret,
    COMETCHAT_API_URL: cometchat.url,
    COMETCHAT_API_KEY: cometchat.apiKey,
    APNS_KEY_PATH: write('apns.p8', credentials.apns.privateKey),
    APNS_KEY_ID: credentials.apns.keyId,
    APNS_TEAM_ID: credentials.apns.teamId,
    APNS_BUNDLE_ID: credentials.apns.bundleId,
    APNS_PRODUCTION_URL: apns.url,
    APNS_SANDBOX_URL: sandbox.url,
    APNS_CA_PATH: ca,
    FIREBASE_PROJECT_ID: credentials.fcm.projectId,
    FIREBASE_CLIENT_EMAIL: credentials.fcm.clientEmail,
    FIREBASE_PRIVATE_KEY: credentials.fcm.privateKey,
    FCM_URL: fcm.url,
    FCM_TOKEN_URL: fcm.tokenUrl,
    FCM_CA_PATH: ca,
  }
  return {
    ...{ world, cometchat, env, folder, write },
    async addWorker(options) {
      const before = (await readWorkers(world.reader, world.keys)).length
      world.addWorker(options)
      await expect.poll(() => readWorkers(world.reader, world.keys)).toHaveLength(before + 1)
    },
    examine: (changes = {}, { url, clock = Date.now } = {}) =>
      diagnose({
        env: { ...env, ...changes },
        webhookUrl: url === undefined ? undefined : new URL(url),
        clock,
      }),
    async close() {
      await cometchat.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Scope {
  onCleanup(close: () => Promise<void>): void
}

async function openStage({ redis }: { redis: StartedRedis }, { onCleanup }: Scope): Promise<Stage> {
  const world = await startWorld(redis, { stateUrls: true })
  const stage = await startStage(world)
  onCleanup(async () => {
    await stage.close()
    await world.close()
  })
  return stage
}

/** Vitest's `it` with a stage for each test. */
export const it = redisIt.extend('stage', openStage)

/** Vitest's `it` with one stage for all tests of a file, which leave the stand-ins as they were. */
export const itOnSharedStage = redisIt.extend('stage', { scope: 'file' }, openStage)

/** The result of the check with this name. */
export function resultOf({ checks }: DoctorReport, name: string): CheckResult {
  const result = checks.find(check => check.name === name)
  if (!result) throw new Error(`there is no check ${name}: ${checks.map(check => check.name).join(', ')}`)
  return result
}

/** The names of the checks that failed. */
export const failed = ({ checks }: DoctorReport) =>
  checks.flatMap(({ name, state }) => (state === 'fail' ? [name] : []))

/** Expects that a check found this fault, and says how to mend it. */
export function expectFault(
  report: DoctorReport,
  name: string,
  { state = 'fail', sentence, fix }: { state?: CheckResult['state']; sentence: RegExp; fix: RegExp },
): void {
  const result = resultOf(report, name)
  expect(result).toMatchObject({
    state,
    sentence: expect.stringMatching(sentence),
    fix: expect.stringMatching(fix),
  })
  expect(report.ok).toBe(report.checks.every(check => check.state !== 'fail'))
  if (state === 'fail') expect(report.ok).toBe(false)
}
