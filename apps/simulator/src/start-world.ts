import {
  createStandInCredentials,
  type FakeApns,
  type FakeFcm,
  type StandInCredentials,
  startFakeApns,
  startFakeFcm,
} from '@ringer/fakes'
import type { FastifyBaseLogger } from 'fastify'
import { createSimulator } from './app.ts'
import type { WorkersControl } from './chaos/workers-control.ts'
import type { WebhookCredentials } from './cometchat.ts'
import { type CometChatApi, startCometChatApi } from './stand-ins/start-cometchat-api.ts'
import type { ReadCall, WatchCalls } from './timeline/watch-calls.ts'

export type WorldOptions = {
  /** Where the ingress is, or will be: the phones register as soon as it answers. */
  ingressUrl: string
  webhookCredentials: WebhookCredentials
  registrationKey?: string | undefined
  watchCalls: WatchCalls
  readCall: ReadCall
  /** Power over Ringer's workers, if the caller has it; the page offers to kill them. */
  workers?: WorkersControl | undefined
  /** The page's address; 127.0.0.1:4000 unless told. A port of 0 takes any free one. */
  host?: string | undefined
  port?: number | undefined
  /** Fresh ones unless given. */
  credentials?: StandInCredentials | undefined
  /** Where the stand-ins for Apple, Google and CometChat's REST API listen; any free ports of 127.0.0.1 unless told. */
  standIns?: { host: string; apnsPort: number; fcmPort: number; cometchatPort: number } | undefined
  /** What CometChat's REST API shall be asked with; one is made up unless told. */
  cometchatApiKey?: string | undefined
  appId?: string | undefined
  ringSeconds?: number | undefined
  logger?: FastifyBaseLogger | undefined
}

export type World = {
  /** The page. */
  url: string
  apns: FakeApns
  fcm: FakeFcm
  cometchat: Pick<CometChatApi, 'url' | 'apiKey'>
  /** What a worker is configured with to reach them. */
  credentials: StandInCredentials
  close: () => Promise<void>
}

const anyPorts = { host: '127.0.0.1', apnsPort: 0, fcmPort: 0, cometchatPort: 0 }

/** Starts everything outside Ringer in this process: stand-ins for Apple, Google and CometChat, phones and their page. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const { standIns = anyPorts, appId = 'simulator' } = options
  const credentials = options.credentials ?? (await createStandInCredentials())
  const running: { close: () => Promise<void> }[] = []
  const close = async () => {
    for (const part of running.splice(0).reverse()) await part.close()
  }
  try {
    const { host } = standIns
    const environment = 'production' as const
    const apns = await startFakeApns({ credentials, environment, host, port: standIns.apnsPort })
    running.push(apns)
    const fcm = await startFakeFcm({ credentials, host, port: standIns.fcmPort })
    running.push(fcm)
    const apiKey = options.cometchatApiKey
    const cometchat = await startCometChatApi({
      credentials,
      host,
      port: standIns.cometchatPort,
      appId,
      apiKey,
    })
    running.push(cometchat)
    const simulator = createSimulator({
      ...options,
      appId,
      credentials: options.webhookCredentials,
      apns,
      fcm,
    })
    running.push(simulator)
    const { host: pageHost = '127.0.0.1', port = 4000 } = options
    const url = await simulator.listen({ host: pageHost, port })
    return { url, apns, fcm, cometchat, credentials, close }
  } catch (error) {
    await close()
    throw error
  }
}
