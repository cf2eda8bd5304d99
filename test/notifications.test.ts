import { alertQueueName, createPushQueues } from '@ringer/store'
import { Queue } from 'bullmq'
import { expect } from 'vitest'
import { planRetry } from '../apps/worker/src/attempts/plan-retry.ts'
import { DEFAULT_SESSION_ID, deliver, eachOf, initiated, register, tokens } from './webhooks.ts'
import { it as worldIt } from './world.ts'

const DAY_MS = 86_400_000

const it = worldIt.extend('worldOptions', { ingress: { storeLimitMs: 5_000 } })

it('notifications that are held back are retried less and less often, and rings as soon as allowed', () => {
  const heldBack = { kind: 'retryable', reason: 'not sent', delivered: 'no', retryAfterMs: 700 } as const
  const delays = (longestMs?: number) =>
    [1, 2, 3, 4, 8, 12].map(attempt => {
      const plan = planRetry(heldBack, attempt, 0, DAY_MS, longestMs)
      return plan.retry && plan.at
    })
  expect(delays()).toEqual([250, 250, 700, 700, 700, 700])
  expect(delays(60_000)).toEqual([700, 700, 1_000, 2_000, 32_000, 60_000])
})

it('accepted notifications do not make reports of dead ring tokens more credible', {
  timeout: 60_000,
}, async ({ world }) => {
  world.addWorker()
  const usual = { appId: 'default', uid: 'bob', platform: 'ios' as const }
  const alertToken = 'b'.repeat(64)
  await world.devices.register({ ...usual, kind: 'alert', token: alertToken }, Date.now() - 1_000)
  const [bobs] = await world.devices.list('default', 'bob')
  const queues = createPushQueues(world.reader, world.prefix, ['apns', 'fcm'])
  const alerts = Array.from({ length: 40 }, (_, index) => ({
    kind: 'alert' as const,
    appId: 'default',
    alertId: `alert-${index}`,
    recipient: 'bob',
    deviceId: bobs?.id ?? '',
    deadline: Date.now() + DAY_MS,
    alert: { title: 'Alice', body: 'Are you there?', data: { type: 'chat' } },
  }))
  await queues.enqueue('apns', alerts)
  await expect.poll(() => world.apns.acceptedCount(alertToken), { timeout: 10_000 }).toBe(40)
  await queues.close()

  const people = Array.from({ length: 30 }, (_, index) => `person-${index}`)
  await eachOf(people, 10, async uid => {
    const token = people.indexOf(uid).toString(16).padStart(64, 'c')
    await world.devices.register({ ...usual, uid, kind: 'voip', token }, Date.now() - 1_000)
    world.apns.order({ status: 410, reason: 'Unregistered', timestamp: Date.now() }, { token })
  })
  await eachOf(people, 10, uid => {
    const webhook = initiated({ sessionId: `v1.eu.of-${uid}` })
    const { call } = webhook.data as {
      call: { receiver: string; data: { entities: Record<string, unknown> } }
    }
    call.receiver = uid
    const entities = call.data.entities as { on: { entity: { receiver: string } } }
    entities.on.entity.receiver = uid
    return deliver(world.ingress, webhook)
  })
  await world.apns.waitFor(received => received.length === 70, { timeoutMs: 15_000 })
  const left = async () =>
    (await Promise.all(people.map(uid => world.devices.list('default', uid)))).filter(
      devices => devices.length > 0,
    ).length
  // Twenty tokens may be removed on reports alone. Pushes that other tokens accepted do not raise that limit.
  await expect.poll(left, { timeout: 5_000 }).toBe(10)
})

it('notifications beyond the limit of a minute wait in their queue, and no ring waits for them', async ({
  world,
}) => {
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
  const [phone] = await world.devices.list('default', 'bob')
  // The limit is that of all workers together.
  world.addWorker({ alertsPerMinute: 3 })
  world.addWorker({ alertsPerMinute: 3 })
  const queues = createPushQueues(world.reader, world.prefix, ['fcm'])
  const alerts = Array.from({ length: 10 }, (_, index) => ({
    ...{ kind: 'alert' as const, appId: 'default', alertId: `alert-${index}`, recipient: 'bob' },
    ...{ deviceId: phone?.id ?? '', deadline: Date.now() + DAY_MS },
    alert: { title: 'Alice', body: 'Are you there?', data: { type: 'chat' } },
  }))
  await queues.enqueue('fcm', alerts)
  await world.fcm.waitFor(received => received.length === 3)
  await deliver(world.ingress, initiated())
  await world.fcm.waitFor(received => received.length === 4)
  const outcomes = async () => {
    const record = await world.records.read('default', DEFAULT_SESSION_ID)
    return record?.rings[0]?.devices.map(({ outcome }) => outcome)
  }
  await expect.poll(outcomes).toEqual(['accepted'])
  const isAlert = ({ body }: { body: object }) => 'notification' in (body as { message: object }).message
  expect(world.fcm.received.map(isAlert)).toEqual([true, true, true, false])
  const queue = new Queue(alertQueueName('fcm'), { connection: world.reader, prefix: world.prefix })
  await expect.poll(() => queue.getWaitingCount()).toBe(7)
  await Promise.all([queue.close(), queues.close()])
})
