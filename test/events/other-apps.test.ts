import type { EventJob } from '@ringer/payloads'
import { EVENTS } from '@ringer/store'
import { Queue } from 'bullmq'
import { expect, onTestFinished } from 'vitest'
import type { IngressTenant } from '../../apps/ingress/src/create-ingress-tenant.ts'
import { signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { basic, deliver } from '../webhooks.ts'
import { type World, it as worldIt } from '../world.ts'
import { type Backend, startBackend } from './start-backend.ts'

// All apps share one queue of events. The backend of one of them may be away for hours.

const apps = ['well', 'troubled'] as const
type App = (typeof apps)[number]

const it = worldIt
  .extend('well', async ({ world: _ }, { onCleanup }): Promise<Backend> => {
    const backend = await startBackend()
    onCleanup(() => backend.close())
    return backend
  })
  .extend('troubled', async ({ world: _ }, { onCleanup }): Promise<Backend> => {
    const backend = await startBackend()
    onCleanup(() => backend.close())
    return backend
  })

it('the events of an app whose backend is away do not delay those of another app, when all of them are due again', {
  timeout: 60_000,
}, async ({ world, well, troubled }) => {
  troubled.answer = () => 500
  const { call, worker } = await startTwoApps(world, { well, troubled })
  await fill(world, 1_500)
  const queue = open(world)
  await expect.poll(() => queue.getDelayedCount(), { timeout: 30_000 }).toBe(1_500)
  await worker.close()
  await Promise.all((await queue.getDelayed()).map(job => job.promote()))
  await startTwoApps(world, { well, troubled })
  await call('well', 'call')
  await expect.poll(well.types, { interval: 10, timeout: 30_000 }).toEqual(['ring.failed'])
  // Had it waited for its turn, all of them would have been looked at.
  expect(await busy(queue)).toBeGreaterThan(500)
})

it('an app whose backend is away leaves places in the queue to the events of another app, and to its retries', async ({
  world,
  well,
  troubled,
}) => {
  const bound = { mostEventJobs: 400 }
  troubled.answer = () => 500
  await fill(world, 390)
  const queue = open(world)
  const { worker } = await startTwoApps(world, { well, troubled }, bound)
  await expect.poll(() => busy(queue), { timeout: 30_000 }).toBe(0)
  expect(await queue.getDelayedCount()).toBeGreaterThan(0)
  // A worker believes its count of the queue for a second. The next one counts again.
  await worker.close()

  well.answer = () => 500
  const { call } = await startTwoApps(world, { well, troubled }, bound)
  for (let number = 1; number <= 4; number += 1) await call('well', `call-${number}`)
  const ofWell = async () =>
    (await queue.getDelayed()).filter(({ data }) => data.kind === 'deliver' && data.event.appId === 'well')
  await expect.poll(async () => (await ofWell()).length).toBe(4)
  well.answer = () => 204
  await expect
    .poll(async () => {
      for (const job of await ofWell()) await job.promote()
      return well.events.length
    })
    .toBeGreaterThan(0)
})

const busy = async (queue: Queue) => {
  const { wait = 0, prioritized = 0, active = 0 } = await queue.getJobCounts('wait', 'prioritized', 'active')
  return wait + prioritized + active
}

/** Fills the queue with events of the troubled app. */
async function fill(world: World, count: number) {
  const queue = open(world)
  for (let from = 0; from < count; from += 1_000) {
    await queue.addBulk(
      Array.from({ length: Math.min(1_000, count - from) }, (_, index) => ({
        name: 'deliver',
        data: {
          kind: 'deliver' as const,
          failures: 0,
          event: {
            ...{ id: `6ab5c06f-2a4b-5a25-9dd1-${String(from + index).padStart(12, '0')}`, appId: 'troubled' },
            ...{ type: 'ring.ended' as const, occurredAt: new Date().toISOString() },
            data: {
              ...{ ringId: 'ring-1', sessionId: 'session-1', recipient: 'bob', caller: 'alice' },
              ...{ callType: 'audio' as const, action: 'ended' as const },
              ...{ receivedAt: new Date().toISOString(), deadline: new Date().toISOString() },
            },
          },
        },
      })),
    )
  }
}

function open(world: World) {
  const queue = new Queue<EventJob>(EVENTS, { connection: world.reader, prefix: world.prefix })
  onTestFinished(() => queue.close())
  return queue
}

/** One worker for two apps, each with a backend of its own. */
async function startTwoApps(
  world: World,
  backends: Record<App, Backend>,
  more: Parameters<World['addWorker']>[0] = {},
) {
  const login = (app: App) => ({ username: app, password: 'letmering1234' })
  const tenants = apps.map(
    (appId): IngressTenant => ({
      ...{ appId, isNamed: true, ringMs: 30_000, ringMeetings: false },
      credentials: { logins: [login(appId)], secrets: [] },
      registrationAuth: { kind: 'none' },
    }),
  )
  const ingress = await world.addIngress({ tenants })
  const worker = world.addWorker({
    ...more,
    queues: ['calls', 'pushes-apns', 'pushes-fcm', 'events'],
    tenants: new Map(apps.map(app => [app, { ...world.workerTenant(), events: backends[app].settings }])),
  })
  const call = (appId: App, name: string) =>
    deliver(
      ingress,
      { ...signalledRing({ sessionId: `v1.eu.${appId}-${name}`, sentAt: Date.now() }), appId },
      { headers: { authorization: basic(login(appId)) } },
    )
  return { call, worker }
}
