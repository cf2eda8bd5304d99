import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { StandInCredentials } from '../create-stand-in-credentials.ts'
import { createDelays } from '../wire/create-delays.ts'
import { createFakePushServer, type FakePushServer, withMembers } from '../wire/create-fake-push-server.ts'
import { createFaultOrders } from '../wire/create-fault-orders.ts'
import { createPushLog } from '../wire/create-push-log.ts'
import type { FakeDevices } from '../wire/fake-device.ts'
import type { Fault } from '../wire/fault.ts'
import { judgePush } from '../wire/judge-push.ts'
import { flatHeaders, parseJsonObject, readBody } from '../wire/read-request.ts'
import { serveThroughRelay, urlOf } from '../wire/serve-through-relay.ts'
import { answerPush } from './answer-push.ts'
import { answerTokenRequest } from './answer-token-request.ts'
import { checkDevice } from './check-device.ts'
import { createAccessTokenIssuer } from './create-access-token-issuer.ts'
import { messageIn, validateMessage } from './validate-message.ts'
import { validateRequestLine } from './validate-request.ts'

export interface FakeFcmOptions {
  credentials: StandInCredentials
  /** Default: 127.0.0.1. */
  host?: string
  /** Default: 0, any free port. */
  port?: number
  /** The present time, epoch ms. Default: `Date.now`. */
  clock?: () => number
  /** False: plain HTTP, for a stand-in on loopback. Default: true. */
  tls?: boolean
  devices?: FakeDevices
  /** Refuse tokens that are not in `devices` (UNREGISTERED). Default: accept them. */
  strictTokens?: boolean
  /** How long an access token is valid. Default: 3599 s, as with Google. */
  accessTokenSeconds?: number
}

export interface FakeFcm extends FakePushServer<Fault> {
  /** The endpoint that issues access tokens. */
  readonly tokenUrl: string
  /** The number of token requests, successful or not. */
  readonly tokenRequests: number
  /** Makes every access token that was issued so far invalid. */
  revokeAccessTokens(): void
  /** Orders a fault for the next token requests. */
  orderTokenRequest(fault: Fault, scope?: { times?: number }): void
}

/**
 * Keeps idle connections open, as Google does for minutes, and sends no `Keep-Alive: timeout=` header. Google sends none.
 * Node's server sends one by default, and Node's agent closes idle connections by it.
 */
const NO_KEEP_ALIVE_TIMEOUT = 0

/**
 * Starts a stand-in for FCM: HTTP/1.1, `POST /v1/projects/<projectId>/messages:send`, with an access token from its
 * `POST /token`. It refuses what Google refuses, with Google's error codes.
 */
export async function startFakeFcm(options: FakeFcmOptions): Promise<FakeFcm> {
  const { credentials, host = '127.0.0.1', port = 0, clock = Date.now, tls = true } = options
  const { devices = new Map(), strictTokens = false, accessTokenSeconds = 3599 } = options
  const { projectId } = credentials.fcm

  const log = createPushLog()
  const orders = createFaultOrders<Fault>()
  const tokenOrders = createFaultOrders<Fault>()
  const delays = createDelays()
  const { cert, key } = credentials
  const server = tls ? createSecureServer({ cert, key }, onRequest) : createServer(onRequest)
  server.keepAliveTimeout = NO_KEEP_ALIVE_TIMEOUT
  server.on('clientError', (_error, socket) => socket.destroy())
  const { relay, close } = await serveThroughRelay(server, { host, port })
  const url = urlOf(tls ? 'https' : 'http', host, relay.port)
  const tokenUrl = `${url}/token`
  const tokens = createAccessTokenIssuer({
    fcm: credentials.fcm,
    clock,
    seconds: accessTokenSeconds,
    tokenUrl,
  })
  let tokenRequests = 0

  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => undefined)
    const at = clock()
    response.setHeader('date', new Date(at).toUTCString())
    const connection = relay.numberOf(request.socket.remotePort)
    const remotePort = relay.clientPortOf(request.socket.remotePort) ?? null
    const path = request.url?.split('?')[0] ?? ''
    void readBody(request).then(body => {
      if (!body) return
      if (path === '/token' && request.method === 'POST') onTokenRequest(body, response, connection)
      else onPush({ request, response, path, at, connection, remotePort, body })
    })
  }

  function onTokenRequest(body: Buffer, response: ServerResponse, connection: number): void {
    tokenRequests += 1
    const verdict = judgePush(null, () => tokenOrders.take({ token: null, connection }), null)
    const answer = verdict.fault === 'status' ? null : tokens.grant(body.toString('utf8'))
    delays.after(verdict.delayMs, () =>
      answerTokenRequest(response, verdict, answer, () => relay.reset(connection)),
    )
  }

  function onPush({ request, response, path, at, connection, remotePort, body }: Push): void {
    const json = parseJsonObject(body) ?? {}
    const { token, data } = messageIn(json)
    const rejection =
      validateRequestLine({
        ...{ method: request.method ?? '', path, projectId },
        authenticated: tokens.isValid(request.headers.authorization),
      }) ?? validateMessage(body)
    const deviceAnswer = checkDevice(devices.get(token ?? ''), strictTokens)
    const verdict = judgePush(rejection, () => orders.take({ token, connection }), deviceAnswer)
    const { answer, fault, delayMs, deliverAfterMs } = verdict
    // A dry run is answered like a push, and delivered to nobody.
    const accepted = verdict.accepted && json.validate_only !== true && json.validateOnly !== true
    // A GET asks whether the server is there. It is no push.
    if (request.method === 'POST') {
      log.record({
        ...{ at, token, path, headers: flatHeaders(request.headers) },
        ...{ body: json, data, bytes: body.length },
        ...{ status: answer?.status ?? null, reason: answer?.reason ?? null, accepted, fault, connection },
        ...{ answeredAt: answer && clock() + delayMs, deliverAfterMs, remotePort },
      })
    }
    const name = `projects/${projectId}/messages/${randomUUID()}`
    delays.after(delayMs, () => answerPush(response, verdict, name, () => relay.reset(connection)))
  }

  const fake = createFakePushServer({
    ...{ url, devices, log, orders, relay },
    close: async () => {
      delays.clear()
      await close()
    },
  })
  return withMembers(fake, {
    tokenUrl,
    get tokenRequests() {
      return tokenRequests
    },
    revokeAccessTokens: tokens.revoke,
    orderTokenRequest: tokenOrders.order,
  })
}

interface Push {
  request: IncomingMessage
  response: ServerResponse
  path: string
  at: number
  connection: number
  remotePort: number | null
  body: Buffer
}
