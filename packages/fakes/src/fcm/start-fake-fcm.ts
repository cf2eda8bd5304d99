import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { StandInCredentials } from '../stand-in-credentials.ts'
import { createDelays } from '../wire/delays.ts'
import type { FakeDevices } from '../wire/fake-device.ts'
import { createFakePushServer, type FakePushServer } from '../wire/fake-push-server.ts'
import type { Fault } from '../wire/fault.ts'
import { createFaultOrders } from '../wire/fault-orders.ts'
import { flatHeaders } from '../wire/flat-headers.ts'
import { judgePush } from '../wire/judge-push.ts'
import { parseJsonObject } from '../wire/parse-json-object.ts'
import { createPushLog } from '../wire/push-log.ts'
import { readBody } from '../wire/read-body.ts'
import { serveThroughRelay } from '../wire/serve-through-relay.ts'
import { urlOf } from '../wire/url-of.ts'
import { withMembers } from '../wire/with-members.ts'
import { createAccessTokens } from './access-tokens.ts'
import { answerPush } from './answer-push.ts'
import { answerTokenRequest } from './answer-token-request.ts'
import { checkDevice } from './check-device.ts'
import { messageIn } from './message-in.ts'
import { validateMessage } from './validate-message.ts'
import { validateRequestLine } from './validate-request.ts'

export interface FakeFcmOptions {
  credentials: StandInCredentials
  /** 127.0.0.1 */
  host?: string
  /** 0: any free port */
  port?: number
  /** Now, in ms; `Date.now` */
  clock?: () => number
  /** False: plain HTTP, for a stand-in on loopback. */
  tls?: boolean
  devices?: FakeDevices
  /** Refuse tokens that are not in `devices` (UNREGISTERED); they are accepted otherwise. */
  strictTokens?: boolean
  /** How long an access token lives: 3599 s, as with Google. */
  accessTokenSeconds?: number
}

export interface FakeFcm extends FakePushServer<Fault> {
  /** Where access tokens are had. */
  readonly tokenUrl: string
  /** How many were asked for, with or without success. */
  readonly tokenRequests: number
  /** Makes every access token invalid that was issued so far. */
  revokeAccessTokens(): void
  /** Orders a fault for the next token requests. */
  orderTokenRequest(fault: Fault, scope?: { times?: number }): void
}

/** Google keeps idle connections for minutes; Node's 5 s would close them under a sender's hands. */
const KEEP_ALIVE_MS = 240_000

/**
 * Starts a stand-in for FCM: HTTP/1.1, `POST /v1/projects/<projectId>/messages:send` for those who hold an access token
 * from its `POST /token`, refusing what Google refuses, in Google's words.
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
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.on('clientError', (_error, socket) => socket.destroy())
  const { relay, close } = await serveThroughRelay(server, { host, port })
  const url = urlOf(tls ? 'https' : 'http', host, relay.port)
  const tokenUrl = `${url}/token`
  const tokens = createAccessTokens({ fcm: credentials.fcm, clock, seconds: accessTokenSeconds, tokenUrl })
  let tokenRequests = 0

  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => undefined)
    const at = clock()
    const connection = relay.numberOf(request.socket.remotePort)
    const path = request.url?.split('?')[0] ?? ''
    void readBody(request).then(body => {
      if (!body) return
      if (path === '/token' && request.method === 'POST') onTokenRequest(body, response, connection)
      else onPush({ request, response, path, at, connection, body })
    })
  }

  function onTokenRequest(body: Buffer, response: ServerResponse, connection: number): void {
    tokenRequests += 1
    const verdict = judgePush(null, () => tokenOrders.take(null), null)
    const answer = verdict.fault === 'status' ? null : tokens.grant(body.toString('utf8'))
    delays.after(verdict.delayMs, () =>
      answerTokenRequest(response, verdict, answer, () => relay.reset(connection)),
    )
  }

  function onPush({ request, response, path, at, connection, body }: Push): void {
    const json = parseJsonObject(body) ?? {}
    const { token, data } = messageIn(json)
    const rejection =
      validateRequestLine({
        ...{ method: request.method ?? '', path, projectId },
        authenticated: tokens.holds(request.headers.authorization),
      }) ?? validateMessage(body)
    const deviceAnswer = checkDevice(devices.get(token ?? ''), strictTokens)
    const verdict = judgePush(rejection, () => orders.take(token), deviceAnswer)
    const { answer, accepted, fault, delayMs } = verdict
    log.record({
      ...{ at, token, headers: flatHeaders(request.headers), body: json, data, bytes: body.length },
      ...{ status: answer?.status ?? null, reason: answer?.reason ?? null, accepted, fault, connection },
    })
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
  body: Buffer
}
