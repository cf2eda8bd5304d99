import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { StandInCredentials } from '../create-stand-in-credentials.ts'
import { createDelays } from '../wire/create-delays.ts'
import { createFakePushServer, type FakePushServer, withMembers } from '../wire/create-fake-push-server.ts'
import { createFaultOrders } from '../wire/create-fault-orders.ts'
import { createPushLog } from '../wire/create-push-log.ts'
import type { FakeDevices } from '../wire/fake-device.ts'
import type { Fault } from '../wire/fault.ts'
import { type FakeAnswer, judgePush } from '../wire/judge-push.ts'
import { flatHeaders, parseJsonObject, readBody } from '../wire/read-request.ts'
import { serveThroughRelay, urlOf } from '../wire/serve-through-relay.ts'
import { answerPush } from './answer-push.ts'
import { checkDevice } from './check-device.ts'
import { checkVapid } from './check-vapid.ts'
import { createSubscriptions, type FakeSubscription, type SubscribedBrowser } from './create-subscriptions.ts'
import { decryptPayload } from './decrypt-payload.ts'
import { validateHeaders } from './validate-headers.ts'

export interface FakeWebPushOptions {
  credentials: StandInCredentials
  /** Default: 127.0.0.1. */
  host?: string
  /** Default: 0, any free port. */
  port?: number
  /** The host name in the endpoints of subscriptions, at which senders reach it. Default: `host`. */
  name?: string | undefined
  /** The present time, epoch ms. Default: `Date.now`. */
  clock?: () => number
  devices?: FakeDevices
}

export interface FakeWebPush extends FakePushServer<Fault> {
  /**
   * Subscribes a browser.
   *
   * @param applicationServerKey the VAPID public key. Default: that of the credentials
   */
  subscribe(applicationServerKey?: string): FakeSubscription
}

/** The most that push services accept. https://www.rfc-editor.org/rfc/rfc8030#section-7.2 */
const MAX_BODY_BYTES = 4_096

/** As the push services, it keeps idle connections open and sends no `Keep-Alive: timeout=` header. */
const NO_KEEP_ALIVE_TIMEOUT = 0

/** A success is 201, with the address of the message. https://www.rfc-editor.org/rfc/rfc8030#section-5 */
const CREATED: FakeAnswer = { status: 201, reason: null }

/**
 * Starts a stand-in for the push services of browsers: HTTP/1.1 over TLS, a POST to the endpoint of a subscription. It checks the
 * VAPID signature and the headers, decrypts the push as the browser would, and refuses what the push services refuse.
 */
export async function startFakeWebPush(options: FakeWebPushOptions): Promise<FakeWebPush> {
  const { credentials, host = '127.0.0.1', port = 0, clock = Date.now, devices = new Map() } = options
  const log = createPushLog()
  const orders = createFaultOrders<Fault>()
  const delays = createDelays()
  const { cert, key } = credentials
  const server = createServer({ cert, key }, onRequest)
  server.keepAliveTimeout = NO_KEEP_ALIVE_TIMEOUT
  server.on('clientError', (_error, socket) => socket.destroy())
  const { relay, close } = await serveThroughRelay(server, { host, port })
  const url = urlOf('https', options.name ?? host, relay.port)
  const subscriptions = createSubscriptions(url)

  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => undefined)
    const at = clock()
    const connection = relay.numberOf(request.socket.remotePort)
    const remotePort = relay.clientPortOf(request.socket.remotePort) ?? null
    void readBody(request).then(body => {
      if (body) onPush({ request, response, at, connection, remotePort, body })
    })
  }

  function onPush({ request, response, at, connection, remotePort, body }: Push): void {
    const path = request.url ?? ''
    const headers = flatHeaders(request.headers)
    const browser = subscriptions.at(path)
    const text = browser && decryptPayload(body, browser.keys)
    const data = (text && parseJsonObject(text)) ?? {}
    const token = browser?.token ?? null
    const rejection = rejectionOf({
      method: request.method ?? '',
      headers,
      body,
      browser,
      at,
      isReadable: Boolean(text),
    })
    const state = checkDevice(devices.get(token ?? ''))
    const verdict = judgePush(rejection, () => orders.take({ token, connection }), state, CREATED)
    const { answer, fault, delayMs, deliverAfterMs, accepted } = verdict
    // A GET asks whether the server is there. It is no push.
    if (request.method === 'POST') {
      log.record({
        ...{ at, token, path, headers, body: data, data, bytes: body.length },
        ...{ status: answer?.status ?? null, reason: answer?.reason ?? null, accepted, fault, connection },
        ...{ answeredAt: answer && clock() + delayMs, deliverAfterMs, remotePort },
      })
    }
    const location = `${url}/message/${randomUUID()}`
    delays.after(delayMs, () => answerPush(response, verdict, location, () => relay.reset(connection)))
  }

  function rejectionOf({ method, headers, body, browser, at, isReadable }: Judged): FakeAnswer | null {
    if (!browser) return { status: 404, reason: 'NotFound' }
    if (method !== 'POST') return { status: 405, reason: 'MethodNotAllowed' }
    const { applicationServerKey } = browser
    return (
      checkVapid(headers.authorization, { origin: url, applicationServerKey }, at) ??
      validateHeaders(headers) ??
      (body.length > MAX_BODY_BYTES ? { status: 413, reason: 'PayloadTooLarge' } : null) ??
      // A push service cannot read a push, and delivers it. Here an unreadable one is a mistake of ours.
      (isReadable ? null : { status: 400, reason: 'BadPayload' })
    )
  }

  const fake = createFakePushServer({
    ...{ url, devices, log, orders, relay },
    close: async () => {
      delays.clear()
      await close()
    },
  })
  return withMembers(fake, {
    subscribe: (applicationServerKey = credentials.vapid.publicKey) =>
      subscriptions.add(applicationServerKey),
  })
}

interface Push {
  request: IncomingMessage
  response: ServerResponse
  at: number
  connection: number
  remotePort: number | null
  body: Buffer
}

interface Judged {
  method: string
  headers: Readonly<Record<string, string>>
  body: Buffer
  browser: SubscribedBrowser | undefined
  at: number
  isReadable: boolean
}
