import { expect } from 'vitest'
import { failed, it, resultOf } from './stage.ts'

const url = (base: string) => `${base}/webhooks/cometchat`

it('finds nothing wrong with a set-up that works, and rings nobody', async ({ stage }) => {
  const { world, cometchat } = stage
  await stage.addWorker()
  const keysBefore = await world.reader.keys(`${world.prefix}*call*`)

  const diagnosis = await stage.examine({}, { url: url(world.ingress) })

  expect(failed(diagnosis)).toEqual([])
  expect(diagnosis.ok).toBe(true)
  const host = (address: string) => new URL(address).host
  expect(diagnosis.checks.map(({ name }) => name)).toEqual([
    'settings of the ingress',
    'settings of the worker',
    'Redis: reach',
    'Redis: TLS',
    'Redis: permissions',
    'Redis: writes',
    'Redis: version',
    'Redis: eviction',
    'Redis: persistence',
    'Redis: latency',
    'clock: Redis',
    'clock: internet',
    'queue calls',
    'queue groups',
    'queue pushes-apns',
    'queue alerts-apns',
    'queue pushes-fcm',
    'queue alerts-fcm',
    `reach: ${host(world.apns.url)}`,
    `reach: ${host(world.sandbox.url)}`,
    `reach: ${host(world.fcm.url)}`,
    `reach: ${host(cometchat.url)}`,
    'APNs: production',
    'APNs: sandbox',
    'FCM: service account',
    'Web Push',
    'CometChat: API key',
    'webhook: address',
    'webhook: strangers',
    'webhook: credentials',
    'phones: address',
    'phones: state',
  ])
  expect(resultOf(diagnosis, 'APNs: production')).toEqual({
    name: 'APNs: production',
    state: 'ok',
    sentence: 'Apple accepts the key, its id and the team in production',
  })

  const pushes = [world.apns, world.sandbox, world.fcm].flatMap(({ received }) => received)
  expect(pushes.map(({ accepted }) => accepted)).toEqual([false, false, false])
  expect(world.apns.received[0]).toMatchObject({
    token: '0'.repeat(64),
    reason: 'BadDeviceToken',
    body: { aps: {} },
    headers: { 'apns-expiration': '0' },
  })
  expect(world.fcm.received[0]?.body).toMatchObject({ validate_only: true })
  expect(await world.reader.keys(`${world.prefix}*call*`)).toEqual(keysBefore)
})

it('shows no secret, whatever it finds', async ({ stage }) => {
  const { world } = stage
  const secrets = [
    stage.env.COMETCHAT_WEBHOOK_PASSWORD,
    stage.env.COMETCHAT_WEBHOOK_SECRET,
    stage.env.REGISTRATION_KEY,
    stage.env.COMETCHAT_API_KEY,
    world.credentials.apns.privateKey.slice(30, 60),
    world.credentials.fcm.privateKey.slice(30, 60),
    '0'.repeat(64),
    'ya29.',
    'not-that-secret-0',
  ]
  const echo = 'not-that-secret-0'.repeat(5)
  world.fcm.orderTokenRequest({
    status: 400,
    body: JSON.stringify({ error: 'invalid_grant', error_description: `you sent ${echo}` }),
  })
  world.apns.order({ status: 403, reason: 'not-that-secret-0' })
  const diagnoses = [
    await stage.examine({}, { url: url(world.ingress) }),
    await stage.examine(
      { APNS_KEY_ID: 'OTHERKEYID', FIREBASE_PRIVATE_KEY: world.credentials.fcm.privateKey },
      { url: url(world.ingress) },
    ),
    await stage.examine({
      COMETCHAT_WEBHOOK_PASSWORD: 'not-that-secret-0',
      REDIS_URL: 'http://not-that-secret-0@x',
    }),
    await stage.examine({
      REDIS_URL: 'redis://user:not-that-secret-0@127.0.0.1:1',
      COMETCHAT_API_KEY: 'not-that-secret-0',
    }),
  ]
  const shown = JSON.stringify(diagnoses)
  for (const each of secrets) expect(shown).not.toContain(each)
})
