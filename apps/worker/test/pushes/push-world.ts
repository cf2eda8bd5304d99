import type { PushJob } from '@ringer/payloads'
import { pushJob } from '@ringer/payloads'
import { createLogger } from '@ringer/service'
import {
  type CallRecords,
  createPushQueues,
  type Device,
  type DeviceRegistry,
  type Provider,
  pushQueueName,
  type Registration,
} from '@ringer/store'
import { Queue } from 'bullmq'
import { ringEvent } from '../../../../packages/payloads/test/ring-events.ts'
import { openStore } from '../../../../packages/store/test/describe-store.ts'
import { createWorkerMetrics } from '../../src/metrics.ts'
import { createDeletionGuard } from '../../src/pushes/create-deletion-guard.ts'
import { handlePush } from '../../src/pushes/handle-push.ts'
import type { Outcome } from '../../src/pushes/outcome.ts'
import type { Next, PushDeps } from '../../src/pushes/push-deps.ts'
import type { OutgoingPush, PushSender } from '../../src/pushes/push-sender.ts'

const APP_ID = 'app-1'
const RING_MS = 30_000

/** A sender that says what it is told to, and remembers what it was given. */
export interface ScriptedSender extends PushSender {
  sent: OutgoingPush[]
  /** What the next attempts come to; accepted when it is empty. May do something meanwhile. */
  script: ((push: OutgoingPush) => Outcome | Promise<Outcome>)[]
}

export interface PushWorld {
  records: CallRecords
  devices: DeviceRegistry
  sender: ScriptedSender
  deps: PushDeps
  lines: Record<string, unknown>[]
  now(): number
  advance(ms: number): void
  /** Registers a phone and claims a ring for it; returns the job of its push. */
  prepareRing(
    registration?: Partial<Registration>,
  ): Promise<{ job: PushJob & { kind: 'ring' }; device: Device }>
  handle(job: PushJob, attempt?: number): Promise<Next>
  outcomeOf(job: PushJob): Promise<Record<string, unknown> | undefined>
  /** The stops that were put into FCM's queue. */
  stops(): Promise<PushJob[]>
  close(): Promise<void>
}

/** What handlePush works with, over a real Redis, with a provider that follows a script. */
export function openPushWorld(redisUrl: string, provider: Provider): PushWorld {
  const store = openStore(redisUrl)
  const pushQueues = createPushQueues(store.redis, store.prefix)
  const fcmQueue = new Queue(pushQueueName('fcm'), { connection: store.redis, prefix: store.prefix })
  const lines: Record<string, unknown>[] = []
  const log = createLogger('test', 'silent')
  const note = (fields: unknown, message?: unknown) => lines.push({ ...(fields as object), message })
  Object.assign(log, { info: note, warn: note, error: note })
  let ahead = 0
  const clock = () => Date.now() + ahead

  const sender: ScriptedSender = {
    provider,
    sent: [],
    script: [],
    async send(push) {
      sender.sent.push(push)
      return (await sender.script.shift()?.(push)) ?? { kind: 'accepted', status: 200 }
    },
    close: async () => {},
  }
  const deps: PushDeps = {
    ...{ log, sender, pushQueues, clock, stopOtherDevices: false },
    ...{
      records: store.calls,
      devices: store.devices,
      metrics: createWorkerMetrics(),
      deletionGuard: createDeletionGuard(Date.now),
    },
  }

  return {
    ...{ records: store.calls, devices: store.devices, sender, deps, lines },
    now: clock,
    advance(ms) {
      ahead += ms
    },
    async prepareRing(registration = {}) {
      const platform = provider === 'apns' ? 'ios' : 'android'
      const whole: Registration = {
        ...{ appId: APP_ID, uid: 'bob', kind: 'voip', platform, token: 'a1'.repeat(32) },
        ...registration,
      }
      const { deviceId } = await store.devices.register(whole, clock())
      const device = await store.devices.get(deviceId)
      if (!device) throw new Error('a device that was registered can be read')
      const receivedAt = clock()
      const deadline = receivedAt + RING_MS
      const event = ringEvent({ recipient: 'bob', sentAt: receivedAt })
      const ring = { appId: APP_ID, event, receivedAt, dequeuedAt: receivedAt, deadline }
      const { ringId } = await store.calls.claim('job-1', ring)
      await store.calls.addDevices(ringId, new Map([[deviceId, { platform, outcome: 'queued', attempt: 0 }]]))
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
      await store.close()
    },
  }
}
