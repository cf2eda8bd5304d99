import { createStandInCredentials, type FakeDevices, type FakeWebPush, startFakeWebPush } from '@ringer/fakes'
import type { ResolveName } from '@ringer/service'
import type { Device } from '@ringer/store'
import { test } from 'vitest'
import type { Outcome } from '../../src/sending/outcome.ts'
import type { PushSender } from '../../src/sending/push-sender.ts'
import { createWebPushSender } from '../../src/webpush/create-sender.ts'
import type { WebPushSettings } from '../../src/webpush/settings/webpush-settings.ts'
import { browser, commit, context, ringOf } from '../pushes/outgoing-push.ts'

const credentials = createStandInCredentials()

/** A sender and a push service, connected by real sockets. */
export interface WebPushWorld {
  pushService: FakeWebPush
  devices: FakeDevices
  sender: PushSender
  config: WebPushSettings
  /** A browser that has subscribed at the push service. The same number is the same browser. */
  browser(number: number): Device
  /** Makes one attempt to ring a browser. */
  sendTo(number: number): Promise<Outcome>
  /** Opens a connection with one ring. */
  warmUp(): Promise<unknown>
  close(): Promise<void>
}

export async function startWebPushWorld(
  options: { config?: Partial<WebPushSettings>; ask?: ResolveName } = {},
): Promise<WebPushWorld> {
  const standIn = await credentials
  const devices: FakeDevices = new Map()
  const pushService = await startFakeWebPush({ credentials: standIn, devices })
  const config: WebPushSettings = {
    ...standIn.vapid,
    endpointHosts: ['localhost', '127.0.0.1'],
    ca: standIn.ca,
    ...options.config,
  }
  const sender = createWebPushSender(config, context(), options.ask && { ask: options.ask })
  const browsers = new Map<number, Device>()
  const browserOf = (number: number) => {
    const { endpoint, keys } = pushService.subscribe()
    const known = browsers.get(number) ?? browser(number, { token: JSON.stringify({ endpoint, keys }) })
    browsers.set(number, known)
    return known
  }
  return {
    ...{ pushService, devices, sender, config, browser: browserOf },
    sendTo: number => sender.send(ringOf(browserOf(number)), commit),
    warmUp: () => sender.send(ringOf(browserOf(0)), commit),
    async close() {
      await sender.close()
      await pushService.close()
    },
  }
}

/** A test with a world of its own. */
export const it = test.extend<{ world: WebPushWorld }>({
  world: async ({ task: _ }, use) => {
    const world = await startWebPushWorld()
    await use(world)
    await world.close()
  },
})
