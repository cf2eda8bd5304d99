import { expect } from 'vitest'
import { expectFault, itOnSharedStage as it, resultOf } from './stage.ts'

it('lists every fault of the settings under the name of its variable, with the process that it stops', async ({
  stage,
}) => {
  const diagnosis = await stage.examine({
    APNS_TEAMID: 'ABCDE12345',
    APNS_KEY_ID: 'short',
    COMETCHAT_WEBHOOK_PASSWORD: 'changeme',
    RINGER_PREFIX: 'ringer',
  })
  expectFault(diagnosis, 'setting APNS_TEAMID', {
    sentence: /did you mean APNS_TEAM_ID/,
    fix: /ingress and the worker/,
  })
  expectFault(diagnosis, 'setting APNS_KEY_ID', {
    sentence: /ten characters/,
    fix: /the worker does not start/,
  })
  expectFault(diagnosis, 'setting COMETCHAT_WEBHOOK_PASSWORD', {
    sentence: /at least 12 characters/,
    fix: /the ingress does not start/,
  })
  expectFault(diagnosis, 'setting RINGER_PREFIX', { sentence: /hash tag/, fix: /ingress and the worker/ })
  expect(resultOf(diagnosis, 'Redis').state).toBe('skipped')
  expect(resultOf(diagnosis, 'accounts').state).toBe('skipped')
})

it('checks what the worker needs although a setting of the ingress is wrong', async ({ stage }) => {
  const diagnosis = await stage.examine({ COMETCHAT_WEBHOOK_PASSWORD: 'changeme' })
  expect(resultOf(diagnosis, 'settings of the worker').state).toBe('ok')
  expect(resultOf(diagnosis, 'APNs: production').state).toBe('ok')
})

it('does not blame a worker for the secrets of the ingress, which it does not have in a container', async ({
  stage,
}) => {
  const none = {
    COMETCHAT_WEBHOOK_PASSWORD: undefined,
    COMETCHAT_WEBHOOK_SECRET: undefined,
    REGISTRATION_KEY: undefined,
  }
  const diagnosis = await stage.examine(none)
  expectFault(diagnosis, 'settings of the ingress', {
    state: 'skipped',
    sentence: /the secrets of the ingress are not here/,
    fix: /where the ingress runs/,
  })
  expect(diagnosis.checks.filter(({ name }) => name.startsWith('setting '))).toEqual([])
})

it('reads a .p8 and a service account from files, and names those that are broken', async ({ stage }) => {
  const { fcm } = stage.world.credentials
  const account = { project_id: fcm.projectId, client_email: fcm.clientEmail, private_key: fcm.privateKey }
  const noFirebase = {
    FIREBASE_PROJECT_ID: undefined,
    FIREBASE_CLIENT_EMAIL: undefined,
    FIREBASE_PRIVATE_KEY: undefined,
  }
  const good = await stage.examine({
    ...noFirebase,
    GOOGLE_APPLICATION_CREDENTIALS: stage.write('account.json', JSON.stringify(account)),
  })
  expect(resultOf(good, 'FCM: service account').state).toBe('ok')

  const broken = await stage.examine({
    ...noFirebase,
    GOOGLE_APPLICATION_CREDENTIALS: stage.write('broken.json', '{"project_id":"x"}'),
    APNS_KEY_PATH: '/does/not/exist.p8',
  })
  expectFault(broken, 'setting GOOGLE_APPLICATION_CREDENTIALS', {
    sentence: /service account/,
    fix: /worker/,
  })
  expectFault(broken, 'setting APNS_KEY_PATH', { sentence: /can be read \(ENOENT\)/, fix: /worker/ })
})

it('says that a worker without any provider does not start, and which phones stay silent', async ({
  stage,
}) => {
  const without = Object.fromEntries(
    Object.keys(stage.env).flatMap(name => (/^(APNS|FIREBASE|FCM)_/.test(name) ? [[name, undefined]] : [])),
  )
  const diagnosis = await stage.examine(without)
  expectFault(diagnosis, 'providers', {
    sentence: /no provider is configured/,
    fix: /APNS_KEY_PATH.*GOOGLE_/,
  })
  expectFault(diagnosis, 'APNs', { state: 'skipped', sentence: /iPhones are not rung/, fix: /APNS_KEY_PATH/ })
  expectFault(diagnosis, 'FCM', {
    state: 'skipped',
    sentence: /Android phones/,
    fix: /GOOGLE_APPLICATION_CREDENTIALS/,
  })
})

it('says that no phone can be registered without REGISTRATION_AUTH', async ({ stage }) => {
  expectFault(
    await stage.examine({ REGISTRATION_AUTH: undefined, REGISTRATION_KEY: undefined }),
    'registration',
    {
      state: 'warn',
      sentence: /no phone can be registered/,
      fix: /cometchat, jwt or key/,
    },
  )
})

it('checks the accounts of each of several apps by its id', async ({ stage }) => {
  const { env } = stage
  const isOwn = (name: string) => /^(REDIS|RINGER)_/.test(name)
  const own = Object.fromEntries(Object.keys(env).flatMap(name => (isOwn(name) ? [] : [[name, undefined]])))
  const app = Object.fromEntries(Object.entries(env).filter(([name]) => !isOwn(name)))
  const { APNS_KEY_ID: _, ...clinic } = app
  const apps = {
    shop: app,
    clinic: { ...clinic, APNS_KEY_ID: 'OTHERKEYID', COMETCHAT_WEBHOOK_USERNAME: 'clinic' },
  }
  const diagnosis = await stage.examine({ ...own, RINGER_APPS: JSON.stringify(apps) })
  expect(resultOf(diagnosis, 'shop: APNs: production').state).toBe('ok')
  expectFault(diagnosis, 'clinic: APNs: production', {
    sentence: /does not know this key/,
    fix: /APNS_KEY_ID/,
  })
  expect(resultOf(diagnosis, 'clinic: FCM: service account').state).toBe('ok')
  expect(resultOf(diagnosis, 'clinic: CometChat: API key').state).toBe('ok')
})
