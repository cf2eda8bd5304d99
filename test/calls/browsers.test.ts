import { expect } from 'vitest'
import { participantJoined } from '../../packages/payloads/test/webhooks.ts'
import { DEFAULT_SESSION_ID, deliver, ended, initiated, post, register, tokens } from '../webhooks.ts'
import { it, registrationKey, type World } from '../world.ts'

const webFcm = 'fcm-registration-token:APA91bBob_browser'

const subscribe = (world: World, path: string, subscription: object) =>
  post(`${world.ingress}/api/push/${path}`, JSON.stringify({ uid: 'bob', subscription }), {
    authorization: `Bearer ${registrationKey}`,
  })

const devices = async (world: World) =>
  (await world.records.read('default', DEFAULT_SESSION_ID))?.rings[0]?.devices.map(
    ({ platform, outcome }) => `${platform} ${outcome}`,
  )

/** Registers an iPhone, an Android phone, and a browser of each kind for Bob. */
async function registerAll(world: World) {
  const subscription = world.webpush.subscribe()
  await register(world.ingress, {
    uid: 'bob',
    platform: 'ios',
    token: tokens.iphone,
    environment: 'production',
  })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
  await register(world.ingress, { uid: 'bob', platform: 'FCM_WEB', token: webFcm })
  expect(await subscribe(world, 'subscribe', subscription)).toMatchObject({ status: 200 })
  return { subscription, token: JSON.stringify({ endpoint: subscription.endpoint, keys: subscription.keys }) }
}

const allRang = ['android accepted', 'ios accepted', 'web accepted', 'web-fcm accepted']
const actions = (pushes: readonly { data: Readonly<Record<string, unknown>> }[]) =>
  pushes.map(({ data }) => data.callAction)

it('one call rings an iPhone, an Android phone and browsers, and its end stops all but the iPhone', async ({
  world,
}) => {
  world.addWorker()
  const { token } = await registerAll(world)
  await deliver(world.ingress, initiated())
  await expect.poll(async () => (await devices(world))?.sort()).toEqual(allRang)
  await deliver(world.ingress, ended('cancelled'))
  await expect.poll(() => actions(world.webpush.accepted(token))).toEqual(['initiated', 'cancelled'])
  await expect.poll(() => actions(world.fcm.accepted(webFcm))).toEqual(['initiated', 'cancelled'])
  await expect.poll(() => actions(world.fcm.accepted(tokens.android))).toEqual(['initiated', 'cancelled'])
  expect(world.apns.acceptedCount(tokens.iphone)).toBe(1)
  const [ring, stop] = world.webpush.accepted(token)
  expect(ring?.data.uuid).toBe(world.fcm.accepted(tokens.android)[0]?.data.uuid)
  expect(stop?.headers.topic).toBe(ring?.headers.topic)
})

// CometChat says only that a browser answered: either of them may be the one.
it('an answer in a browser stops the Android phone and no browser', async ({ world }) => {
  world.addWorker({ tenant: { stopOtherDevices: true } })
  const { token } = await registerAll(world)
  await deliver(world.ingress, initiated())
  await expect.poll(async () => (await devices(world))?.sort()).toEqual(allRang)
  await deliver(
    world.ingress,
    participantJoined('call', {
      ...{ sessionId: DEFAULT_SESSION_ID, at: Date.now(), platform: 'web' },
      who: { uid: 'bob', name: 'Bob' },
    }),
  )
  await expect.poll(() => actions(world.fcm.accepted(tokens.android))).toEqual(['initiated', 'ongoing'])
  // A later end stops them, and shows that nothing stopped them before.
  await deliver(world.ingress, ended('cancelled'))
  await expect.poll(() => actions(world.webpush.accepted(token))).toEqual(['initiated', 'cancelled'])
  await expect.poll(() => actions(world.fcm.accepted(webFcm))).toEqual(['initiated', 'cancelled'])
})

it.for([404, 410])('a browser whose push service answers %i is forgotten', async (status, { world }) => {
  world.addWorker()
  const { token } = await registerAll(world)
  world.webpush.order({ status }, { token })
  await deliver(world.ingress, initiated())
  await expect.poll(async () => (await devices(world))?.sort()).toContain('web unregistered')
  const platforms = async () => (await world.devices.list('default', 'bob')).map(({ platform }) => platform)
  await expect.poll(async () => (await platforms()).sort()).toEqual(['android', 'ios', 'web-fcm'])
})

it('a browser that has unsubscribed is not rung', async ({ world }) => {
  world.addWorker()
  const { subscription } = await registerAll(world)
  expect(await subscribe(world, 'unsubscribe', subscription)).toMatchObject({ status: 200 })
  await deliver(world.ingress, initiated())
  await expect
    .poll(async () => (await devices(world))?.sort())
    .toEqual(allRang.filter(each => each !== 'web accepted'))
  expect(world.webpush.received).toEqual([])
})

it('a browser is rung by an ingress and a worker that are processes of their own', {
  timeout: 60_000,
}, async ({ world }) => {
  const ingress = await world.addIngressProcess()
  await world.addWorkerProcess()
  const subscription = world.webpush.subscribe()
  const answer = await fetch(`${ingress.url}/api/push/vapid`)
  expect(await answer.json()).toEqual({ publicKey: world.credentials.vapid.publicKey })
  expect(await register(ingress.url, { uid: 'bob', subscription })).toMatchObject({ status: 200 })
  await deliver(ingress.url, initiated())
  await expect.poll(() => actions(world.webpush.received), { timeout: 20_000 }).toEqual(['initiated'])
})
