import {
  createStandInCredentials,
  type FakeDevices,
  type FakeFcm,
  type FakeFcmOptions,
  startFakeFcm,
} from '@ringer/fakes'
import { test } from 'vitest'
import { createFcmSender, type FcmConfig } from '../../src/pushes/fcm/create-fcm-sender.ts'
import type { Outcome } from '../../src/pushes/outcome.ts'
import type { PushSender } from '../../src/pushes/push-sender.ts'
import { deliver, type MadeAttempt } from './deliver.ts'
import { android, ringOf } from './outgoing-push.ts'

const credentials = createStandInCredentials()

/** A sender and FCM, over real sockets. */
export interface FcmWorld {
  fcm: FakeFcm
  devices: FakeDevices
  sender: PushSender
  config: FcmConfig
  /** Makes one attempt to ring an Android phone. */
  sendTo(number: number): Promise<Outcome>
  /** Rings an Android phone with as many attempts as the retry plan has. */
  deliverTo(number: number): Promise<MadeAttempt[]>
  /** Gets the access token. */
  warmUp(): Promise<unknown>
  /** Moves everybody's clock on. */
  advance(ms: number): void
  close(): Promise<void>
}

export async function startFcmWorld(
  options: Partial<FakeFcmOptions> & { config?: Partial<FcmConfig> } = {},
): Promise<FcmWorld> {
  const standIn = await credentials
  let ahead = 0
  const clock = () => Date.now() + ahead
  const devices: FakeDevices = new Map()
  const { config: overrides, ...fakeOptions } = options
  const fcm = await startFakeFcm({ credentials: standIn, clock, devices, ...fakeOptions })
  const { projectId, clientEmail, privateKey } = standIn.fcm
  const config: FcmConfig = {
    ...{ projectId, clientEmail, privateKey, ca: standIn.ca, callType: 'incoming_call' },
    ...{ url: fcm.url, tokenUrl: fcm.tokenUrl },
    ...overrides,
  }
  const sender = createFcmSender(config, clock)
  const ring = (number: number) => {
    const push = ringOf(android(number))
    return { ...push, deadline: push.deadline + ahead }
  }
  return {
    ...{ fcm, devices, sender, config },
    sendTo: number => sender.send(ring(number)),
    deliverTo: number => deliver(sender, ring(number)),
    warmUp: () => sender.send(ring(0)),
    advance(ms) {
      ahead += ms
    },
    async close() {
      await sender.close()
      await fcm.close()
    },
  }
}

/** The message of the first push that FCM received, and when that was. */
export function firstMessage({ fcm }: FcmWorld) {
  const [first] = fcm.received
  if (!first) throw new Error('FCM received nothing')
  return { at: first.at, ...messageIn(first.body) }
}

/** A message as FCM received it; its ttl in ms. */
export function messageIn(body: Readonly<Record<string, unknown>>) {
  const { message } = body as { message: Record<string, unknown> & { android: { ttl: string } } }
  return { message, ttl: Number.parseFloat(message.android.ttl) * 1_000 }
}

/** A test with a world of its own. */
export const it = test.extend<{ world: FcmWorld }>({
  world: async ({ task: _ }, use) => {
    const world = await startFcmWorld()
    await use(world)
    await world.close()
  },
})
