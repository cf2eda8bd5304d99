import type { FakePushServer, Fault } from '@ringer/fakes'
import type { Device } from '@ringer/store'
import { startApnsWorld } from './apns/apns-world.ts'
import { startFcmWorld } from './fcm/fcm-world.ts'
import { android, deviceToken, iphone, registrationToken, subscription } from './pushes/outgoing-push.ts'
import { startWebPushWorld } from './webpush/webpush-world.ts'

/** What the contract suite needs for a provider: a stand-in, and settings that point to it. */
export interface ProviderStage {
  settings: unknown
  /** A token as an app registers it. */
  token: string
  /** A device in a known environment, so that a sender has no reason to try another one. */
  device(number: number): Device
  fake: FakePushServer<Fault>
  /** Makes the stand-in answer the next push as the provider answers for a dead token. */
  orderDeadToken(): void
  close(): Promise<void>
}

/** A stage for each provider, by its name. A new provider adds its own here. */
export const stages: Record<string, () => Promise<ProviderStage>> = {
  async apns() {
    const world = await startApnsWorld()
    return {
      settings: world.config,
      token: deviceToken(1).toUpperCase(),
      device: number => iphone(number, { environment: 'production' }),
      fake: world.production,
      orderDeadToken: () => world.production.order({ status: 410, reason: 'Unregistered' }),
      close: () => world.close(),
    }
  },
  async fcm() {
    const world = await startFcmWorld()
    return {
      settings: world.config,
      token: registrationToken(1),
      device: number => android(number),
      fake: world.fcm,
      orderDeadToken: () => world.fcm.order({ status: 404, reason: 'UNREGISTERED' }),
      close: () => world.close(),
    }
  },
  async webpush() {
    const world = await startWebPushWorld()
    return {
      settings: world.config,
      // The stand-in's own endpoints are not public.
      token: subscription(1),
      device: world.browser,
      fake: world.pushService,
      orderDeadToken: () => world.pushService.order({ status: 410 }),
      close: () => world.close(),
    }
  },
}
