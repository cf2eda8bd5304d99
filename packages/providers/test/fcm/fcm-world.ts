import {
  createStandInCredentials,
  type FakeDevices,
  type FakeFcm,
  type FakeFcmOptions,
  startFakeFcm,
} from '@ringer/fakes'
import { test } from 'vitest'
import { createFcmSender } from '../../src/fcm/create-sender.ts'
import type { FcmSettings } from '../../src/fcm/fcm-settings.ts'
import type { Outcome } from '../../src/sending/outcome.ts'
import type { PushSender } from '../../src/sending/push-sender.ts'
import { deliver, type MadeAttempt } from '../deliver.ts'
import { android, commit, context, ringOf } from '../pushes/outgoing-push.ts'

const credentials = createStandInCredentials()

/** A sender and FCM, connected by real sockets. */
export interface FcmWorld {
  fcm: FakeFcm
  devices: FakeDevices
  sender: PushSender
  config: FcmSettings
  /** Makes one attempt to ring an Android phone. */
  sendTo(number: number): Promise<Outcome>
  /** Rings an Android phone with the retries that the retry plan allows. */
  deliverTo(number: number): Promise<MadeAttempt[]>
  /** Gets the access token with one ring. */
  warmUp(): Promise<unknown>
  /** Moves the clock of the sender and of the stand-in forward. */
  advance(ms: number): void
  close(): Promise<void>
}

export async function startFcmWorld(
  options: Partial<FakeFcmOptions> & {
    config?: Partial<FcmSettings>
    /** Orders what FCM does when the sender starts. */
    prepare?: (fcm: FakeFcm) => void
  } = {},
): Promise<FcmWorld> {
  const standIn = await credentials
  let ahead = 0
  const clock = () => Date.now() + ahead
  const devices: FakeDevices = new Map()
  const { config: overrides, prepare, ...fakeOptions } = options
  const fcm = await startFakeFcm({ credentials: standIn, clock, devices, ...fakeOptions })
  const { projectId, clientEmail, privateKey } = standIn.fcm
  const config: FcmSettings = {
    ...{ projectId, clientEmail, privateKey, ca: standIn.ca, callType: 'incoming_call' },
    ...{ url: fcm.url, tokenUrl: fcm.tokenUrl },
    ...overrides,
  }
  prepare?.(fcm)
  const sender = createFcmSender(config, context(clock))
  const ring = (number: number) => {
    const push = ringOf(android(number))
    return { ...push, deadline: push.deadline + ahead }
  }
  return {
    ...{ fcm, devices, sender, config },
    sendTo: number => sender.send(ring(number), commit),
    deliverTo: number => deliver(sender, ring(number)),
    warmUp: () => sender.send(ring(0), commit),
    advance(ms) {
      ahead += ms
    },
    async close() {
      await sender.close()
      await fcm.close()
    },
  }
}

/** The message of the first push that FCM received, and when it arrived. */
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
