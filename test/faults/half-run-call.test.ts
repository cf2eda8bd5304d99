import { parseWebhook } from '@ringer/payloads'
import { providers } from '@ringer/providers'
import { createLogger } from '@ringer/service'
import { createPushQueues, type EventNotes, noEventNotes, type PushQueues } from '@ringer/store'
import { expect } from 'vitest'
import type { ReportRingEnd } from '../../apps/worker/src/attempts/create-ring-end-report.ts'
import type { CallResult } from '../../apps/worker/src/calls/call-deps.ts'
import { handleCall } from '../../apps/worker/src/calls/handle-call.ts'
import { createWorkerMetrics } from '../../apps/worker/src/metrics.ts'
import { signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { DEFAULT_SESSION_ID, ended, initiated, register, tokens } from '../webhooks.ts'
import { it, type World } from '../world.ts'

/** The queues of a worker that dies before it has stored a push. */
const deadQueues: PushQueues = {
  enqueue: () => new Promise(() => {}),
  close: async () => {},
}

it.beforeEach(async ({ world }) => {
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
})

/** Handles the job of a webhook as a worker does. It attempts nothing itself. */
function handle(
  world: World,
  jobId: string,
  webhook: unknown,
  pushQueues: PushQueues,
  reportRingEnd: ReportRingEnd = () => {},
  events: EventNotes = noEventNotes,
): Promise<CallResult> {
  const parsed = parseWebhook(webhook)
  if (parsed.status !== 'event') throw new Error('the test sends events only')
  const receivedAt = Date.now()
  const job = { appId: 'default', event: parsed.event, receivedAt, deadline: receivedAt + 30_000 }
  return handleCall(
    { jobId, job },
    {
      log: createLogger('test', 'silent'),
      records: world.records,
      devices: world.devices,
      pushQueues,
      events,
      tenant: world.workerTenant(),
      providers,
      attemptsWith: () => undefined,
      reportRefusal: () => {},
      yieldingGroups: { inHand: 0 },
      metrics: createWorkerMetrics(),
      redisOutage: { failed() {}, worked() {}, isOn: () => false },
      reportRingEnd,
      clock: Date.now,
    },
    waiting => waiting,
  )
}

const outcomes = async (world: World) => {
  const call = await world.records.read('default', DEFAULT_SESSION_ID)
  return call?.rings[0]?.devices.map(device => device.outcome)
}

// The worker died between writing the record and filling the queue, and the caller hung up. The record then said "queued" for ever.
it('a phone that a dead worker recorded as queued is settled although the call is over', async ({
  world,
}) => {
  const pushQueues = createPushQueues(world.reader, world.prefix, ['apns', 'fcm'])
  void handle(world, 'job-1', initiated(), deadQueues)
  await expect.poll(() => outcomes(world)).toEqual(['queued'])
  await handle(world, 'job-2', ended('cancelled'), pushQueues)
  await handle(world, 'job-1', initiated(), pushQueues)
  await pushQueues.close()
  world.addWorker()
  await expect.poll(() => outcomes(world), { timeout: 5_000 }).toEqual(['skipped'])
  expect(world.fcm.received).toHaveLength(0)
})

it('the end of a ring that reaches nobody is counted once, although its job runs again', async ({
  world,
}) => {
  const toCarol = signalledRing({
    callee: { uid: 'carol' },
    sessionId: DEFAULT_SESSION_ID,
    sentAt: Date.now(),
  })
  const ends: string[] = []
  const note: ReportRingEnd = ({ diagnosis }) => void ends.push(diagnosis)
  await handle(world, 'job-1', toCarol, deadQueues, note)
  await handle(world, 'job-1', toCarol, deadQueues, note)
  await handle(world, 'job-2', toCarol, deadQueues, note)
  expect(ends).toEqual(['no-device'])
})

it('a job that runs again after a crash notes its ring again for the events', async ({ world }) => {
  const pushQueues = createPushQueues(world.reader, world.prefix, ['apns', 'fcm'])
  const noted: (number | undefined)[] = []
  const events: EventNotes = { ...noEventNotes, ring: async (_look, at) => void noted.push(at) }
  const dead: EventNotes = { ...noEventNotes, ring: () => new Promise(() => {}) }
  void handle(world, 'job-1', initiated(), pushQueues, undefined, dead)
  await expect.poll(() => outcomes(world)).toEqual(['queued'])
  await (await handle(world, 'job-1', initiated(), pushQueues, undefined, events)).settled
  expect(noted).toEqual([expect.any(Number), undefined])
  for (let run = 1; run <= 2; run += 1)
    await handle(world, 'job-2', ended('cancelled'), pushQueues, undefined, events)
  expect(noted).toHaveLength(4)
  await pushQueues.close()
})
