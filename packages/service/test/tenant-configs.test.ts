import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { providerSettings, providers } from '@ringer/providers'
import {
  budgetsGroup,
  ConfigError,
  callPolicyGroup,
  cometchatGroup,
  type Env,
  loadTenantConfigs,
  processGroup,
  webhookGroup,
} from '@ringer/service'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fcm } from '../../providers/src/fcm/fcm.ts'

const own = { process: processGroup({ port: 3000, adminPort: 3001 }) }
const each = {
  cometchat: cometchatGroup,
  webhook: webhookGroup,
  policy: callPolicyGroup,
  budgets: budgetsGroup,
  fcm: fcm.settings,
}
const load = (env: Env) => loadTenantConfigs(env, own, each, providerSettings(providers))

const login = { COMETCHAT_WEBHOOK_USERNAME: 'ringer', COMETCHAT_WEBHOOK_PASSWORD: 'Kettle42Harbour' }

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

/** All faults, as the process prints them. */
function faultsOf(env: Env): string[] {
  try {
    load(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  throw new Error('expected at least one fault')
}

describe('the environment alone', () => {
  it('is enough for one app, of any id', () => {
    const { own: built, tenants } = load({ ...login, PORT: '4000' })
    expect(built.process.port).toBe(4_000)
    expect([...tenants.keys()]).toEqual(['default'])
    expect(tenants.get('default')?.cometchat.appId).toBeUndefined()
  })

  it('may contain the app id in COMETCHAT_APP_ID', () => {
    const { tenants } = load({ ...login, COMETCHAT_APP_ID: ' 2487f0c1 ' })
    expect([...tenants.keys()]).toEqual(['2487f0c1'])
    expect(tenants.get('2487f0c1')?.cometchat.appId).toBe('2487f0c1')
  })

  it('may name a file with the app id in COMETCHAT_APP_ID_FILE', async () => {
    const { tenants } = load({ ...login, COMETCHAT_APP_ID_FILE: await fileOf('2487f0c1\n') })
    expect([...tenants.keys()]).toEqual(['2487f0c1'])
  })
})

describe('RINGER_APPS', () => {
  const two = {
    'app-1': { ...login, RINGER_RING_SECONDS: 20, RINGER_MISSED_CALL: true },
    'app-2': { ...login, FCM_CALL_TYPE: null, RINGER_RING_MEETINGS: 'true' },
  }

  it.each([
    ['a path', async () => ({ RINGER_APPS: await fileOf(two) })],
    ['the JSON itself', async () => ({ RINGER_APPS: JSON.stringify(two) })],
    ['a path in RINGER_APPS_FILE', async () => ({ RINGER_APPS_FILE: await fileOf(two) })],
  ])('gives each app its own settings: %s', async (_, env) => {
    const { own: built, tenants } = load({ ...(await env()), PORT: '4000' })
    expect(built.process.port).toBe(4_000)
    expect([...tenants.keys()]).toEqual(['app-1', 'app-2'])
    expect(tenants.get('app-1')).toMatchObject({
      cometchat: { appId: 'app-1' },
      webhook: { ringMs: 20_000, ringMeetings: false },
      policy: { missedCall: {} },
    })
    expect(tenants.get('app-2')).toMatchObject({
      cometchat: { appId: 'app-2' },
      webhook: { ringMs: 30_000, ringMeetings: true },
      policy: { missedCall: undefined },
    })
  })

  it('is refused together with settings of an app in the environment, and each of them is named', async () => {
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

  it('reports the faults of all apps at once, each with the app', async () => {
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
    ['has settings that are not text', () => fileOf({ 'app-1': { FCM_URL: ['x'] } }), /must be JSON like/],
  ])('that %s is refused, and its text is not repeated', async (_, path, fault) => {
    const faults = faultsOf({ RINGER_APPS: await path() })
    expect(faults).toEqual([expect.stringMatching(fault)])
    expect(faults[0]).not.toContain('Kettle42Harbour')
  })

  it.each([
    ['a colon, with which two apps could share a key in Redis', { shop: login, 'shop:eu': login }],
    ['a name that would be dropped silently', '{"shop": {}, "__proto__": {}}'],
    ['white space', { 'shop eu': login }],
  ])('refuses an app id with %s', async (_, apps) => {
    const path = await fileOf(apps)
    expect(faultsOf({ RINGER_APPS: path })).toEqual([
      expect.stringMatching(/^RINGER_APPS: has a key that is not an app id/),
    ])
  })

  it.each(['2487f0c1a3b5d7e9', 'default', 'app-1', 'shop.eu_2', 'constructor'])(
    'accepts the app id %s',
    async appId => {
      const { tenants } = load({ RINGER_APPS: await fileOf({ [appId]: login }) })
      expect([...tenants.keys()]).toEqual([appId])
    },
  )
})

describe('the call policy', () => {
  it('sends only rings by default, and alerts are worth sending for a day', () => {
    expect(load(login).tenants.get('default')?.policy).toMatchObject({
      stopOtherDevices: false,
      missedCall: undefined,
      alertMs: 86_400_000,
    })
  })

  it('is read from the settings', () => {
    const { policy } = load({
      ...login,
      RINGER_STOP_OTHER_DEVICES: 'true',
      RINGER_MISSED_CALL: 'true',
      RINGER_MISSED_CALL_LOC_KEY: 'MISSED',
      RINGER_ALERT_TTL_SECONDS: '3600',
    }).tenants.get('default') ?? { policy: undefined }
    expect(policy).toMatchObject({
      stopOtherDevices: true,
      missedCall: { localisationKey: 'MISSED' },
      alertMs: 3_600_000,
    })
  })

  it.each([
    [{ RINGER_MISSED_CALL: 'yes' }, /RINGER_MISSED_CALL: must be one of true, false/],
    [{ RINGER_MISSED_CALL_LOC_KEY: 'MISSED' }, /RINGER_MISSED_CALL_LOC_KEY: has no effect/],
    [{ RINGER_CHECK_LOGINS: 'true' }, /RINGER_CHECK_LOGINS: has no effect without COMETCHAT_API_KEY/],
    [{ RINGER_FALLBACK_ALERT: 'true' }, /RINGER_FALLBACK_ALERT: has no effect without RINGER_PUBLIC_URL/],
    [{ RINGER_ALERT_TTL_SECONDS: '59' }, /RINGER_ALERT_TTL_SECONDS: must be/],
    [{ RINGER_STOP_OTHER_DEVICE: 'true' }, /did you mean RINGER_STOP_OTHER_DEVICES/],
  ])('is refused with the fix: %j', (env, fault) => {
    expect(faultsOf({ ...login, ...env })).toEqual([expect.stringMatching(fault)])
  })
})

describe('the budgets', () => {
  const budgetsOf = (RINGER_BUDGETS?: string) =>
    load({ ...login, RINGER_BUDGETS }).tenants.get('default')?.budgets

  it('have defaults that no honest use reaches', () => {
    expect(budgetsOf()).toEqual({ pair: 30, caller: 120, recipient: 120, group: 10 })
  })

  it('can be raised one by one', () => {
    expect(budgetsOf('caller=600, group=30')).toEqual({ pair: 30, caller: 600, recipient: 120, group: 30 })
  })

  it('can be turned off', () => {
    expect(budgetsOf('off')).toBeUndefined()
  })

  it.each(['on', 'caller', 'caller=0', 'caller=-1', 'callers=5', 'caller=600;group=30', 'caller=1.5'])(
    'are refused with the fix: %s',
    text => {
      expect(faultsOf({ ...login, RINGER_BUDGETS: text })).toEqual([
        expect.stringMatching(
          /RINGER_BUDGETS: must be off, or a list of calls a minute .* caller=600,group=30/,
        ),
      ])
    },
  )
})
