import { X509Certificate } from 'node:crypto'
import {
  type CertificateAndKey,
  createStandInCredentials,
  type FakeApns,
  type FakeApnsOptions,
  type FakeDevices,
  type StandInCredentials,
  startFakeApns,
} from '@ringer/fakes'
import { test, vi } from 'vitest'
import { createApnsSender } from '../../src/apns/create-sender.ts'
import type { ApnsSettings } from '../../src/apns/settings/apns-settings.ts'
import type { Outcome } from '../../src/sending/outcome.ts'
import type { PushSender } from '../../src/sending/push-sender.ts'
import { deliver, type MadeAttempt } from '../deliver.ts'
import { commit, context, iphone, ringOf } from '../pushes/outgoing-push.ts'

const credentials = createStandInCredentials()

/** A sender and both of Apple's environments, connected by real sockets. */
export interface ApnsWorld {
  production: FakeApns
  sandbox: FakeApns
  devices: FakeDevices
  sender: PushSender
  config: ApnsSettings
  /** Makes one attempt to ring an iPhone. */
  sendTo(number: number): Promise<Outcome>
  /** Rings an iPhone with the retries that the retry plan allows. */
  deliverTo(number: number): Promise<MadeAttempt[]>
  /**
   * Proves both sessions with production, and then clears what was received. They are the connections 1 and 2.
   */
  warmUp(): Promise<void>
  /** Moves the clock of the sender and of the stand-ins forward. */
  advance(ms: number): void
  close(): Promise<void>
}

/**
 * @param options.auth how the sender authenticates. Default: token
 * @param options.credentials the stand-ins' credentials. Default: those that all tests share
 */
export async function startApnsWorld(
  options: Partial<FakeApnsOptions> & { auth?: 'token' | 'certificate'; config?: Partial<ApnsSettings> } = {},
): Promise<ApnsWorld> {
  const standIn = options.credentials ?? (await credentials)
  let ahead = 0
  const clock = () => Date.now() + ahead
  const devices: FakeDevices = new Map()
  const { auth = 'token', config: overrides, ...fakeOptions } = options
  const start = (environment: 'production' | 'sandbox') =>
    startFakeApns({ environment, clock, devices, ...fakeOptions, credentials: standIn })
  const [production, sandbox] = await Promise.all([start('production'), start('sandbox')])
  const config: ApnsSettings = {
    auth: auth === 'token' ? tokenAuth(standIn) : certificateAuth(standIn),
    ...{ bundleId: standIn.apns.bundleId, ca: standIn.ca, environment: 'production' },
    urls: { production: production.url, sandbox: sandbox.url },
    ...overrides,
  }
  const sender = createApnsSender(config, context(clock))
  return {
    ...{ production, sandbox, devices, sender, config },
    sendTo: number => sender.send(ringOf(iphone(number)), commit),
    deliverTo: number => deliver(sender, ringOf(iphone(number))),
    warmUp: () => warmUp(sender, production),
    advance(ms) {
      ahead += ms
    },
    async close() {
      await sender.close()
      await Promise.all([production.close(), sandbox.close()])
    },
  }
}

async function warmUp(sender: PushSender, production: FakeApns) {
  const isOpen = (connection: number) => () => production.pings(connection) > 0
  const send = () => sender.send(ringOf(iphone(0)), commit)
  const proven = new Set<number>()
  const stop = production.onPush(({ connection }) => proven.add(connection))
  await vi.waitUntil(isOpen(1), { timeout: 10_000 })
  // The second session is opened early because a push waits for room.
  production.order({ delayMs: 50 })
  await Promise.all([send(), send()])
  await vi.waitUntil(isOpen(2), { timeout: 10_000 })
  while (proven.size < 2) await send()
  stop()
  production.clearReceived()
}

const tokenAuth = ({ apns: { privateKey: key, keyId, teamId } }: StandInCredentials) =>
  ({ kind: 'token', key, keyId, teamId }) as const

/** The auth settings for the stand-in's certificate, or for another one. */
export const certificateAuth = ({ apns }: StandInCredentials, more: Partial<CertificateAndKey> = {}) => {
  const { cert, key } = { ...apns.certificate, ...more }
  return {
    kind: 'certificate',
    cert,
    key,
    expiresAt: new X509Certificate(cert).validToDate.getTime(),
  } as const
}

/** A test with a world of its own. */
export const it = test.extend<{ world: ApnsWorld }>({
  world: async ({ task: _ }, use) => {
    const world = await startApnsWorld()
    await use(world)
    await world.close()
  },
})
