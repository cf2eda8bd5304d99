import {
  createStandInCredentials,
  type FakeApns,
  type FakeFcm,
  type FakeWebPush,
  type StandInCredentials,
  startFakeApns,
  startFakeFcm,
  startFakeWebPush,
} from '@ringer/fakes'
import type { SigningCredentials } from '@ringer/fakes/cometchat'
import type { FastifyBaseLogger } from 'fastify'
import type { WorkersControl } from '../chaos/workers-control.ts'
import { createSimulator } from '../create-simulator.ts'
import type { ReadCall, WatchCalls } from '../watch-store.ts'
import { type HttpsFakeCometChat, startHttpsFakeCometChat } from './start-https-fake-cometchat.ts'

export interface StandInAddresses {
  host: string
  apnsPort: number
  fcmPort: number
  webpushPort: number
  cometchatPort: number
  /** The host name in the endpoints of subscriptions. Default: `host`. */
  webpushName?: string | undefined
}

export interface StandInsOptions {
  /** The ingress's URL. It need not run yet: the phones register as soon as it answers. */
  ingressUrl: string
  webhookCredentials: SigningCredentials
  registrationKey?: string | undefined
  watchCalls: WatchCalls
  readCall: ReadCall
  /** Lists and kills Ringer's workers, if the caller can. The page then has buttons to kill them. */
  workers?: WorkersControl | undefined
  /** The page's address. Default: 127.0.0.1:4000. Port 0 takes any free port. */
  host?: string | undefined
  port?: number | undefined
  /** Hosts at which the page may be opened, besides loopback. Default: none. */
  hosts?: readonly string[] | undefined
  /** Default: fresh credentials. */
  credentials?: StandInCredentials | undefined
  /** Where the stand-ins for Apple, Google, push services and CometChat's REST API listen. Default: free ports of 127.0.0.1. */
  standIns?: StandInAddresses | undefined
  /** The API key that CometChat's REST API accepts. Default: a generated one. */
  cometchatApiKey?: string | undefined
  appId?: string | undefined
  ringSeconds?: number | undefined
  logger?: FastifyBaseLogger | undefined
}

export interface StandIns {
  /** The page's URL. */
  url: string
  apns: FakeApns
  fcm: FakeFcm
  webpush: FakeWebPush
  cometchat: Pick<HttpsFakeCometChat, 'url' | 'apiKey'>
  /** The credentials that a worker needs to reach them. */
  credentials: StandInCredentials
  close: () => Promise<void>
}

const ANY_PORTS: StandInAddresses = {
  ...{ host: '127.0.0.1', apnsPort: 0, fcmPort: 0, webpushPort: 0, cometchatPort: 0 },
}

/**
 * Starts everything outside Ringer in this process: the stand-ins for Apple, Google, push services and CometChat, the phones, and the
 * page that shows them.
 */
export async function startStandIns(options: StandInsOptions): Promise<StandIns> {
  const { standIns = ANY_PORTS, appId = 'simulator' } = options
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
    const { webpushPort, webpushName: name } = standIns
    const webpush = await startFakeWebPush({ credentials, host, port: webpushPort, name })
    running.push(webpush)
    const apiKey = options.cometchatApiKey
    const cometchat = await startHttpsFakeCometChat({
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
      webpush,
    })
    running.push(simulator)
    const { host: pageHost = '127.0.0.1', port = 4000 } = options
    const url = await simulator.listen({ host: pageHost, port })
    return { url, apns, fcm, webpush, cometchat, credentials, close }
  } catch (error) {
    await close()
    throw error
  }
}
