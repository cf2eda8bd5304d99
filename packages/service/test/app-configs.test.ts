import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  ConfigError,
  callPolicyGroup,
  cometchatAppGroup,
  type Env,
  fcmGroup,
  loadAppConfigs,
  processGroup,
  webhookGroup,
} from '@ringer/service'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const own = { process: processGroup({ port: 3000, adminPort: 3001 }) }
const each = { app: cometchatAppGroup, webhook: webhookGroup, policy: callPolicyGroup, fcm: fcmGroup }
const load = (env: Env) => loadAppConfigs(env, own, each)

const login = { COMETCHAT_WEBHOOK_USERNAME: 'ringer', COMETCHAT_WEBHOOK_PASSWORD: 'letmering1' }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringer-apps-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let files = 0
async function fileOf(apps: unknown): Promise<string> {
  files += 1
  const path = join(folder, `apps-${files}.json`)
  await writeFile(path, typeof apps === 'string' ? apps : JSON.stringify(apps))
  return path
}

/** Every fault, as whoever starts the process reads them. */
function faultsOf(env: Env): string[] {
  try {
    load(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  throw new Error('there is no fault')
}

describe('the environment alone', () => {
  it('is the short form for one app, of any id', () => {
    const { own: built, apps } = load({ ...login, PORT: '4000' })
    expect(built.process.port).toBe(4_000)
    expect([...apps.keys()]).toEqual(['default'])
    expect(apps.get('default')?.app.appId).toBeUndefined()
  })

  it('names the app by COMETCHAT_APP_ID', () => {
    const { apps } = load({ ...login, COMETCHAT_APP_ID: ' 2487f0c1 ' })
    expect([...apps.keys()]).toEqual(['2487f0c1'])
    expect(apps.get('2487f0c1')?.app.appId).toBe('2487f0c1')
  })

  it('names it by COMETCHAT_APP_ID_FILE as well', async () => {
    const { apps } = load({ ...login, COMETCHAT_APP_ID_FILE: await fileOf('2487f0c1\n') })
    expect([...apps.keys()]).toEqual(['2487f0c1'])
  })
})

describe('RINGER_APPS', () => {
  const two = {
    'app-1': { ...login, RINGER_RING_SECONDS: 20, RINGER_MISSED_CALL: true },
    'app-2': { ...login, FCM_CALL_TYPE: null, RINGER_RING_MEETINGS: 'true' },
  }

  it.each([
    ['the name of a file', async () => ({ RINGER_APPS: await fileOf(two) })],
    ['the text of one', async () => ({ RINGER_APPS: JSON.stringify(two) })],
    ['by RINGER_APPS_FILE', async () => ({ RINGER_APPS_FILE: await fileOf(two) })],
  ])('gives each app its own settings, as %s', async (_, env) => {
    const { own: built, apps } = load({ ...(await env()), PORT: '4000' })
    expect(built.process.port).toBe(4_000)
    expect([...apps.keys()]).toEqual(['app-1', 'app-2'])
    expect(apps.get('app-1')).toMatchObject({
      app: { appId: 'app-1' },
      webhook: { ringMs: 20_000, ringMeetings: false },
      policy: { missedCall: {} },
    })
    expect(apps.get('app-2')).toMatchObject({
      app: { appId: 'app-2' },
      webhook: { ringMs: 30_000, ringMeetings: true },
      policy: { missedCall: undefined },
    })
  })

  it('is refused beside an app’s settings in the environment, each of them named', async () => {
    const path = await fileOf(two)
    expect(
      faultsOf({ RINGER_APPS: path, ...login, APNS_KEY_ID: 'ABCDEFGHIJ', FCM_CA_PATH_FILE: path }),
    ).toEqual([
      expect.stringMatching(/^APNS_KEY_ID: .*move it into that file/),
      expect.stringMatching(/^COMETCHAT_WEBHOOK_PASSWORD: .*move it/),
      expect.stringMatching(/^COMETCHAT_WEBHOOK_USERNAME: .*move it/),
      expect.stringMatching(/^FCM_CA_PATH_FILE: .*move it/),
    ])
  })

  it('lists the faults of all apps at once, with the app that each is in', async () => {
    const apps = {
      'app-1': { COMETCHAT_WEBHOOK_USERNAME: 'ringer', RINGER_RING_SECONDS: 1 },
      'app-2': { ...login, FIREBASE_PROJECT_ID: 'p', REDIS_URL: 'redis://x', COMETCHAT_APP_ID: 'app-3' },
      'app-3': { ...login, FCM_CALTYPE: 'call' },
    }
    expect(faultsOf({ RINGER_APPS: await fileOf(apps), PORT: 'none' })).toEqual([
      expect.stringMatching(/^PORT: /),
      expect.stringMatching(/^RINGER_APPS: app-1: COMETCHAT_WEBHOOK_PASSWORD: is required/),
      expect.stringMatching(/^RINGER_APPS: app-1: RINGER_RING_SECONDS: must be/),
      expect.stringMatching(/^RINGER_APPS: app-2: COMETCHAT_APP_ID: is not the id/),
      expect.stringMatching(/^RINGER_APPS: app-2: FIREBASE_CLIENT_EMAIL: is required/),
      expect.stringMatching(/^RINGER_APPS: app-2: FIREBASE_PRIVATE_KEY: is required/),
      expect.stringMatching(/^RINGER_APPS: app-2: REDIS_URL: is not an app's setting/),
      expect.stringMatching(/^RINGER_APPS: app-3: FCM_CALTYPE: .*did you mean FCM_CALL_TYPE/),
    ])
  })

  it.each([
    ['is not there', () => '/nowhere/apps.json', /file that can be read/],
    ['is not JSON', () => fileOf('{"app-1": letmering1'), /must be JSON like/],
    ['is a list', () => fileOf([{ appId: 'app-1' }]), /must be JSON like/],
    ['names no app', () => fileOf({}), /names no app/],
    ['has settings that are no texts', () => fileOf({ 'app-1': { FCM_URL: ['x'] } }), /must be JSON like/],
  ])('that %s is refused, and its text is not repeated', async (_, path, fault) => {
    const faults = faultsOf({ RINGER_APPS: await path() })
    expect(faults).toEqual([expect.stringMatching(fault)])
    expect(faults[0]).not.toContain('letmering1')
  })
})

describe('what an app wants to be told of a call', () => {
  it('is nothing but its ring, unless it says so, and notifications are worth a day', () => {
    expect(load(login).apps.get('default')?.policy).toMatchObject({
      stopOtherDevices: false,
      missedCall: undefined,
      alertMs: 86_400_000,
    })
  })

  it('is what it says', () => {
    const { policy } = load({
      ...login,
      RINGER_STOP_OTHER_DEVICES: 'true',
      RINGER_MISSED_CALL: 'true',
      RINGER_MISSED_CALL_LOC_KEY: 'MISSED',
      RINGER_ALERT_TTL_SECONDS: '3600',
    }).apps.get('default') ?? { policy: undefined }
    expect(policy).toMatchObject({
      stopOtherDevices: true,
      missedCall: { localisationKey: 'MISSED' },
      alertMs: 3_600_000,
    })
  })

  it.each([
    [{ RINGER_MISSED_CALL: 'yes' }, /RINGER_MISSED_CALL: must be one of true, false/],
    [{ RINGER_MISSED_CALL_LOC_KEY: 'MISSED' }, /RINGER_MISSED_CALL_LOC_KEY: is of no use/],
    [{ RINGER_ALERT_TTL_SECONDS: '59' }, /RINGER_ALERT_TTL_SECONDS: must be/],
    [{ RINGER_STOP_OTHER_DEVICE: 'true' }, /did you mean RINGER_STOP_OTHER_DEVICES/],
  ])('is refused where it makes no sense: %j', (env, fault) => {
    expect(faultsOf({ ...login, ...env })).toEqual([expect.stringMatching(fault)])
  })
})
