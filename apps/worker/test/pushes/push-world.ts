import type { PushJob } from '@ringer/payloads'
import { pushJob } from '@ringer/payloads'
import type { Provider } from '@ringer/providers'
import { type Outcome, type OutgoingPush, type PushSender, withheld } from '@ringer/providers/senders'
import { createLogger } from '@ringer/service'
import {
  type CallRecords,
  createPushQueues,
  type Device,
  type DeviceRegistration,
  type DeviceRegistry,
  noEventNotes,
  pushQueueName,
} from '@ringer/store'
import { Queue } from 'bullmq'
import { ringEvent } from '../../../../packages/payloads/test/ring-events.ts'
import type { TestStore } from '../../../../test/fixtures/store.ts'
import type { AttemptDeps, Next } from '../../src/attempts/attempt-deps.ts'
import { createDeletionGuard } from '../../src/attempts/create-deletion-guard.ts'
import type { RingEnd } from '../../src/attempts/create-ring-end-report.ts'
import { createWorkerMetrics } from '../../src/metrics.ts'
import { handlePush } from '../../src/pushes/handle-push.ts'

const APP_ID = 'app-1'
const RING_MS = 30_000

/** A sender that answers by a script, and keeps the pushes that it was given. */
export interface ScriptedSender extends PushSender {
  sent: OutgoingPush[]
  /** The outcomes of the next attempts; accepted if it is empty. A step may do something else before it returns. */
  script: ((push: OutgoingPush) => Outcome | Promise<Outcome>)[]
}

export interface PushWorld {
  records: CallRecords
  devices: DeviceRegistry
  sender: ScriptedSender
  deps: AttemptDeps
  lines: Record<string, unknown>[]
  ends: RingEnd[]
  /** The rings that were noted for the app's backend. */
  noted: string[]
  now(): number
  advance(ms: number): void
  /** Registers a phone and claims a ring for it. Returns the job of its push, and the device. */
  prepareRing(
    registration?: Partial<DeviceRegistration>,
  ): Promise<{ job: PushJob & { kind: 'ring' }; device: Device }>
  handle(job: PushJob, attempt?: number): Promise<Next>
  outcomeOf(job: PushJob): Promise<Record<string, unknown> | undefined>
  /** The stops that were put into FCM's queue. */
  stops(): Promise<PushJob[]>
  close(): Promise<void>
}

/** What handlePush works with, over a store in a real Redis, with a provider that follows a script. */
export function openPushWorld(store: TestStore, provider: Provider): PushWorld {
  const pushQueues = createPushQueues(store.redis, store.prefix, ['apns', 'fcm'])
  const fcmQueue = new Queue(pushQueueName('fcm'), { connection: store.redis, prefix: store.prefix })
  const lines: Record<string, unknown>[] = []
  const ends: RingEnd[] = []
  const noted: string[] = []
  const log = createLogger('test', 'silent')
  const note = (fields: unknown, message?: unknown) => lines.push({ ...(fields as object), message })
  Object.assign(log, { debug: note, info: note, warn: note, error: note })
  let ahead = 0
  const clock = () => Date.now() + ahead

  const sender: ScriptedSender = {
    sent: [],
    script: [],
    async send(push, commit) {
      if (!(await commit())) return withheld
      sender.sent.push(push)
      return (await sender.script.shift()?.(push)) ?? { kind: 'accepted', status: 200 }
    },
    hasRoom: () => true,
    isReachable: () => true,
    close: async () => {},
  }
  const deps: AttemptDeps = {
    ...{ log, provider, sender, pushQueues, clock, stopOtherDevices: false, fallbackAlert: false },
    ...{
      records: store.calls,
      events: { ...noEventNotes, ring: async ({ ringId }) => void noted.push(ringId) },
      devices: store.devices,
      metrics: createWorkerMetrics(),
      redisOutage: { failed() {}, worked() {}, isOn: () => false },
      reportRingEnd: end => void ends.push(end),
      deletionGuard: createDeletionGuard(Date.now),
      setAsideGuard: createDeletionGuard(Date.now, 0),
    },
  }

  return {
    ...{ records: store.calls, devices: store.devices, sender, deps, lines, ends, noted },
    now: clock,
    advance(ms) {
      ahead += ms
    },
    async prepareRing(registration = {}) {
      const [platform = ''] = provider.platforms
      const whole: DeviceRegistration = {
        ...{ appId: APP_ID, uid: 'bob', kind: 'voip', platform, token: 'a1'.repeat(32) },
        ...registration,
      }
      const { deviceId } = await store.devices.register(whole, clock())
      const device = await store.devices.get(deviceId)
      if (!device) throw new Error('the registered device cannot be read')
      const receivedAt = clock()
      const deadline = receivedAt + RING_MS
      const event = ringEvent({ recipient: 'bob', sentAt: receivedAt })
      const ring = { appId: APP_ID, event, receivedAt, dequeuedAt: receivedAt, deadline }
      const offers = {
        platforms: { [platform]: { queued: ['' as const, 'production' as const, 'sandbox' as const] } },
        otherwise: { why: 'provider-not-configured' as const, skip: '' },
      }
      const { ringId } = await store.calls.claim('job-1', ring, offers)

      const { sessionId } = event
      return { job: { kind: 'ring', appId: APP_ID, ringId, sessionId, deviceId, deadline }, device }
    },
    handle: (job, attempt = 1) => handlePush(job, attempt, deps),
    async outcomeOf(job) {
      const call = await store.calls.read(APP_ID, job.sessionId ?? '')
      return call?.rings[0]?.devices.find(({ deviceId }) => deviceId === job.deviceId)
    },
    async stops() {
      const jobs = await fcmQueue.getJobs(['waiting', 'prioritized', 'delayed'])
      return jobs.map(({ data }) => pushJob.parse(data))
    },
    async close() {
      await pushQueues.close()
      await fcmQueue.close()
    },
  }
}
