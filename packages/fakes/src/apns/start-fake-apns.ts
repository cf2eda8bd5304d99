import { randomUUID } from 'node:crypto'
import { createSecureServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import { TLSSocket } from 'node:tls'
import type { StandInCredentials } from '../stand-in-credentials.ts'
import { createDelays } from '../wire/delays.ts'
import type { FakeDevices } from '../wire/fake-device.ts'
import { createFakePushServer, type FakePushServer } from '../wire/fake-push-server.ts'
import type { ApnsFault } from '../wire/fault.ts'
import { createFaultOrders } from '../wire/fault-orders.ts'
import { flatHeaders } from '../wire/flat-headers.ts'
import { type Answer, judgePush } from '../wire/judge-push.ts'
import { parseJsonObject } from '../wire/parse-json-object.ts'
import { createPushLog } from '../wire/push-log.ts'
import { readBody } from '../wire/read-body.ts'
import { serveThroughRelay } from '../wire/serve-through-relay.ts'
import { urlOf } from '../wire/url-of.ts'
import { withMembers } from '../wire/with-members.ts'
import { answerPush } from './answer-push.ts'
import { type ApnsConnection, createApnsConnections } from './apns-connections.ts'
import { checkDevice, reject } from './check-device.ts'
import { type ClientCertificate, checkCertificate, judgeCertificate } from './client-certificate.ts'
import { createProviderTokens } from './provider-tokens.ts'
import { type ApnsHeaders, validateHeaders } from './validate-headers.ts'
import { tokenInPath, validateBody, validateRawHeaders, validateRequestLine } from './validate-request.ts'

export interface FakeApnsOptions {
  credentials: StandInCredentials
  environment: 'production' | 'sandbox'
  /** 127.0.0.1 */
  host?: string
  /** 0: any free port */
  port?: number
  /** Now, in ms; `Date.now` */
  clock?: () => number
  /** Share one between the environments to have a token belong to one of them. */
  devices?: FakeDevices
  /** Refuse tokens that are not in `devices` (BadDeviceToken); they are accepted otherwise. */
  strictTokens?: boolean
  /** How many streams a connection may have open before its first push is accepted; 1, as with Apple. */
  initialStreamLimit?: number
  /** How many afterwards; 1000, as with Apple. */
  streamLimit?: number
}

export interface FakeApns extends FakePushServer<ApnsFault> {
  readonly environment: 'production' | 'sandbox'
  /** Announces another SETTINGS_MAX_CONCURRENT_STREAMS, at once and to connections to come. */
  setStreamLimit(limit: number): void
}

interface Request {
  connection: ApnsConnection
  certificate: ClientCertificate | undefined
  at: number
  headers: ApnsHeaders
  rawHeaders: readonly string[]
  token: string | null
  body: Buffer
}

/** Node's guards against rude clients would hide what the client did; Apple's own are not documented. */
const NO_GUARDS = {
  maxSessionRejectedStreams: 1e6,
  maxSessionInvalidFrames: 1e6,
  streamResetBurst: 1e6,
  streamResetRate: 1e6,
}

/**
 * Starts a stand-in for APNs: HTTP/2 over TLS, `POST /3/device/<token>`, refusing what Apple refuses in Apple's words. Who
 * sends is known by a provider token, or by the certificate with which the connection was opened; then no token is read.
 * Until its first accepted push a connection with tokens has one stream, as with Apple.
 */
export async function startFakeApns(options: FakeApnsOptions): Promise<FakeApns> {
  const { credentials, environment, host = '127.0.0.1', port = 0, clock = Date.now } = options
  const { devices = new Map(), strictTokens = false, initialStreamLimit = 1, streamLimit = 1000 } = options
  const { bundleId } = credentials.apns

  const log = createPushLog()
  const orders = createFaultOrders<ApnsFault>()
  const delays = createDelays()
  const tokens = createProviderTokens(credentials.apns, clock)
  const server = createSecureServer({
    ...{ cert: credentials.cert, key: credentials.key, ...NO_GUARDS },
    // Whoever has none comes with a provider token; what is wrong with one is said of the push.
    ...{ requestCert: true, rejectUnauthorized: false },
  })
  const connections = createApnsConnections(server, { initial: initialStreamLimit, later: streamLimit })
  server.on('session', onSession)
  const { relay, close } = await serveThroughRelay(server, { host, port })

  function onSession(session: ServerHttp2Session): void {
    session.on('error', () => undefined)
    const { socket } = session
    const connection = connections.open(session, relay.numberOf(socket.remotePort))
    const shown = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
    const certificate = judgeCertificate(shown, credentials.ca, clock())
    if (certificate?.topic) connection.trust()
    session.on('stream', (stream, headers, _flags, rawHeaders) => {
      stream.on('error', () => undefined)
      const at = clock()
      const token = tokenInPath(headers[':path'] ?? '')
      void readBody(stream).then(body => {
        const request = { connection, certificate, at, headers: flatHeaders(headers), rawHeaders, token }
        if (body) onPush(stream, { ...request, body })
      })
    })
  }

  function onPush(stream: ServerHttp2Stream, request: Request): void {
    const { connection, headers, token } = request
    const context = { topic: headers['apns-topic'] ?? '', environment, strict: strictTokens, now: clock() }
    const deviceAnswer = checkDevice(devices.get(token ?? ''), context)
    const verdict = judgePush(validate(request), () => orders.take(token), deviceAnswer)
    const { answer, accepted, fault, delayMs } = verdict
    if (accepted) connection.trust()
    // A provider token that was called dead may be replaced at once.
    if (answer?.reason === 'ExpiredProviderToken') connection.tokenUse = null
    const body = parseJsonObject(request.body) ?? {}
    log.record({
      ...{ at: request.at, token: token || null, headers, body, data: body, bytes: request.body.length },
      ...{ status: answer?.status ?? null, reason: answer?.reason ?? null, accepted, fault },
      connection: connection.number,
    })
    const apnsId = headers['apns-id'] ?? randomUUID().toUpperCase()
    delays.after(delayMs, () => answerPush(stream, verdict, apnsId))
  }

  function validate(request: Request): Answer | null {
    const { headers, rawHeaders, token, body, connection, certificate } = request
    const reason =
      validateRequestLine(headers[':method'] ?? '', token) ??
      validateRawHeaders(rawHeaders) ??
      (certificate
        ? checkCertificate(certificate, headers['apns-topic'])
        : tokens.check(headers.authorization, connection)) ??
      validateHeaders(headers, bundleId) ??
      validateBody(body, headers['apns-topic'])
    return reason && reject(reason)
  }

  const fake = createFakePushServer({
    url: urlOf('https', host, relay.port),
    ...{ devices, log, orders, relay },
    close: async () => {
      delays.clear()
      await close()
    },
  })
  return withMembers(fake, { environment, setStreamLimit: connections.setStreamLimit })
}
