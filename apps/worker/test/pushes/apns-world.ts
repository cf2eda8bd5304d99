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
import { test } from 'vitest'
import { type ApnsConfig, createApnsSender } from '../../src/pushes/apns/create-apns-sender.ts'
import type { Outcome } from '../../src/pushes/outcome.ts'
import type { PushSender } from '../../src/pushes/push-sender.ts'
import { deliver, type MadeAttempt } from './deliver.ts'
import { iphone, ringOf } from './outgoing-push.ts'

const credentials = createStandInCredentials()

/** A sender and both of Apple's environments, over real sockets. */
export interface ApnsWorld {
  production: FakeApns
  sandbox: FakeApns
  devices: FakeDevices
  sender: PushSender
  config: ApnsConfig
  /** Makes one attempt to ring an iPhone. */
  sendTo(number: number): Promise<Outcome>
  /** Rings an iPhone with as many attempts as the retry plan has. */
  deliverTo(number: number): Promise<MadeAttempt[]>
  /** Opens the connection to production, and proves it. */
  warmUp(): Promise<unknown>
  /** Moves everybody's clock on. */
  advance(ms: number): void
  close(): Promise<void>
}

/** @param options `auth`: by what Apple knows the sender; `credentials`: the stand-ins', if not those of all tests here */
export async function startApnsWorld(
  options: Partial<FakeApnsOptions> & { auth?: 'token' | 'certificate'; config?: Partial<ApnsConfig> } = {},
): Promise<ApnsWorld> {
  const standIn = options.credentials ?? (await credentials)
  let ahead = 0
  const clock = () => Date.now() + ahead
  const devices: FakeDevices = new Map()
  const { auth = 'token', config: overrides, ...fakeOptions } = options
  const start = (environment: 'production' | 'sandbox') =>
    startFakeApns({ environment, clock, devices, ...fakeOptions, credentials: standIn })
  const [production, sandbox] = await Promise.all([start('production'), start('sandbox')])
  const config: ApnsConfig = {
    auth: auth === 'token' ? tokenAuth(standIn) : certificateAuth(standIn),
    ...{ bundleId: standIn.apns.bundleId, ca: standIn.ca, environment: 'production' },
    urls: { production: production.url, sandbox: sandbox.url },
    ...overrides,
  }
  const sender = createApnsSender(config, clock)
  return {
    ...{ production, sandbox, devices, sender, config },
    sendTo: number => sender.send(ringOf(iphone(number))),
    deliverTo: number => deliver(sender, ringOf(iphone(number))),
    warmUp: () => sender.send(ringOf(iphone(0))),
    advance(ms) {
      ahead += ms
    },
    async close() {
      await sender.close()
      await Promise.all([production.close(), sandbox.close()])
    },
  }
}

const tokenAuth = ({ apns: { privateKey: key, keyId, teamId } }: StandInCredentials) =>
  ({ kind: 'token', key, keyId, teamId }) as const

/** What a worker is configured with that has the stand-in's certificate, or another. */
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
