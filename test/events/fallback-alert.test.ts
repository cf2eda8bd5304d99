import { alertQueueName } from '@ringer/store'
import { Queue } from 'bullmq'
import { describe, expect } from 'vitest'
import { deliver, ended, initiated, post, register, tokens } from '../webhooks.ts'
import { type World, it as worldIt } from '../world.ts'

const it = worldIt.extend('worldOptions', { stateUrls: true })

const voip = {
  uid: 'bob',
  platform: 'ios',
  token: tokens.iphone,
  environment: 'production',
  deviceId: 'iphone-1',
}
const alert = { ...voip, kind: 'alert', token: 'c3'.repeat(32) }
const otherAlert = { ...alert, token: 'd4'.repeat(32), deviceId: 'iphone-2' }

const alertsOf = ({ apns }: World) =>
  apns.received.filter(({ headers }) => headers['apns-push-type'] === 'alert')
const ringsOf = ({ apns }: World) =>
  apns.received.filter(({ headers }) => headers['apns-push-type'] === 'voip')

/** Calls Bob, and waits for the push of the ring to his iPhone. */
async function call(world: World, sessionId: string) {
  const before = ringsOf(world).length
  await deliver(world.ingress, initiated({ sessionId }))
  await expect.poll(() => ringsOf(world).length).toBe(before + 1)
  await expect
    .poll(async () => (await world.records.read('default', sessionId))?.rings[0]?.devices[0]?.outcome)
    .toBe('accepted')
  const stateUrl = String(ringsOf(world).at(-1)?.body.stateUrl)
  return { report: () => post(`${world.ingress}${new URL(stateUrl).pathname}`, '{"event":"shown"}', {}) }
}

/** Registers Bob's iPhone, which has reported once that it showed a call. */
async function prepare(world: World) {
  for (const phone of [voip, alert, otherAlert]) await register(world.ingress, phone)
  world.addWorker({ tenant: { fallbackAlert: true } })
  const { report } = await call(world, 'v1.eu.first')
  expect((await report()).status).toBe(204)
}

/** The alerts that wait. `hurry` sends them now, and waits until none is left. */
async function waiting(world: World, { hurry = false } = {}) {
  const queue = new Queue(alertQueueName('apns'), { connection: world.reader, prefix: world.prefix })
  const jobs = await queue.getDelayed()
  if (hurry) {
    await Promise.all(jobs.map(job => job.promote()))
    await expect
      .poll(async () => await queue.getJobCounts('wait', 'active', 'delayed'))
      .toEqual({
        ...{ wait: 0, active: 0, delayed: 0 },
      })
  }
  await queue.close()
  return jobs
}

describe('a phone that has sent receipts before, but none for this call', () => {
  it('gets one time-sensitive alert after 3 s, at the alert token of the same phone', async ({ world }) => {
    await prepare(world)
    expect(await waiting(world)).toEqual([])
    await call(world, 'v1.eu.second')
    const acceptedAt = Date.now()
    await expect.poll(() => alertsOf(world).length).toBe(1)
    expect(Date.now() - acceptedAt).toBeGreaterThan(2_500)
    const [sent] = alertsOf(world)
    expect(sent?.token).toBe(alert.token)
    expect(sent?.body).toMatchObject({
      type: 'call_alert',
      sessionId: 'v1.eu.second',
      aps: {
        'interruption-level': 'time-sensitive',
        alert: { body: expect.stringMatching(/^Incoming call from/) },
      },
    })
    expect(await waiting(world)).toEqual([])
  })

  it.for([
    ['it reports within 3 s', async (_world: World, report: () => Promise<unknown>) => void (await report())],
    [
      'the call is over',
      async (world: World) => {
        await deliver(world.ingress, ended('cancelled', 'v1.eu.second'))
        await expect
          .poll(async () => (await world.records.read('default', 'v1.eu.second'))?.rings[0]?.state)
          .toBe('ended')
      },
    ],
  ] as const)('gets no alert if %s', async ([, happens], { world }) => {
    await prepare(world)
    const { report } = await call(world, 'v1.eu.second')
    await happens(world, report)
    expect(await waiting(world, { hurry: true })).toHaveLength(1)
    expect(alertsOf(world)).toEqual([])
  })
})

it('an Android phone gets the fallback alert once, at its only token, with high priority', async ({
  world,
}) => {
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
  world.addWorker({ tenant: { fallbackAlert: true } })
  const push = async (sessionId: string, count: number) => {
    await deliver(world.ingress, initiated({ sessionId }))
    return (await world.fcm.waitFor(received => received.length === count)).at(-1)
  }
  const path = new URL(String((await push('v1.eu.first', 1))?.data.stateUrl)).pathname
  await post(`${world.ingress}${path}`, '{"event":"shown"}', {})
  await push('v1.eu.second', 2)
  const alert = (await world.fcm.waitFor(received => received.length === 3)).at(-1)
  expect(alert?.token).toBe(tokens.android)
  expect(alert?.body).toMatchObject({
    message: {
      android: { notification: { notification_priority: 'PRIORITY_HIGH' } },
      data: { type: 'call_alert' },
    },
  })
})

it('a phone gets no fallback alert if it has never sent a receipt, or without the setting', async ({
  world,
}) => {
  for (const phone of [voip, alert]) await register(world.ingress, phone)
  const worker = world.addWorker({ tenant: { fallbackAlert: true } })
  const { report } = await call(world, 'v1.eu.first')
  expect(await waiting(world)).toEqual([])
  await report()
  await worker.close()
  world.addWorker()
  await call(world, 'v1.eu.second')
  expect(await waiting(world)).toEqual([])
})
