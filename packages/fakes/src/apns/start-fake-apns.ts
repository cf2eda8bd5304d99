import { randomUUID } from 'node:crypto'
import { createSecureServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import { TLSSocket } from 'node:tls'
import type { StandInCredentials } from '../create-stand-in-credentials.ts'
import { createDelays } from '../wire/create-delays.ts'
import { createFakePushServer, type FakePushServer, withMembers } from '../wire/create-fake-push-server.ts'
import { createFaultOrders } from '../wire/create-fault-orders.ts'
import { createPushLog } from '../wire/create-push-log.ts'
import type { FakeDevices } from '../wire/fake-device.ts'
import type { ApnsFault } from '../wire/fault.ts'
import { type FakeAnswer, judgePush } from '../wire/judge-push.ts'
import { flatHeaders, parseJsonObject, readBody } from '../wire/read-request.ts'
import { serveThroughRelay, urlOf } from '../wire/serve-through-relay.ts'
import { answerPush } from './answer-push.ts'
import { answerReason, checkDevice } from './check-device.ts'
import { createProviderTokens } from './create-provider-tokens.ts'
import { createServedConnections, type ServedConnection } from './create-served-connections.ts'
import { type ClientCertificate, judgeCertificate, judgeTopic } from './judge-certificate.ts'
import { type ApnsHeaders, validateHeaders } from './validate-headers.ts'
import { tokenInPath, validateBody, validateRawHeaders, validateRequestLine } from './validate-request.ts'

export interface FakeApnsOptions {
  credentials: StandInCredentials
  environment: 'production' | 'sandbox'
  /** Default: 127.0.0.1. */
  host?: string
  /** Default: 0, any free port. */
  port?: number
  /** The present time, epoch ms. Default: `Date.now`. */
  clock?: () => number
  /** Pass the same map to both environments if a token may belong to only one of them. */
  devices?: FakeDevices
  /** Refuse tokens that are not in `devices` (BadDeviceToken). Default: accept them. */
  strictTokens?: boolean
  /** The only environment that the key may be used in, as with Apple's newer keys. Default: it may be used in both. */
  keyEnvironment?: 'production' | 'sandbox' | undefined
  /** The only topics that the key may be used for, as with Apple's topic-specific keys. Default: all. */
  keyTopics?: readonly string[] | undefined
  /** How many streams a connection may have open before its first push is accepted. Default: 1, as with Apple. */
  initialStreamLimit?: number
  /** How many streams it may have open afterwards. Default: 1000, as with Apple. */
  streamLimit?: number
}

export interface FakeApns extends FakePushServer<ApnsFault> {
  readonly environment: 'production' | 'sandbox'
  /** Announces a new SETTINGS_MAX_CONCURRENT_STREAMS to open connections and to later ones. */
  setStreamLimit(limit: number): void
  /** Sends GOAWAY on open connections, or on the one with this number, and closes them when their pushes are answered. */
  goaway(connection?: number): void
  /** How many PINGs have arrived on the connection with this number. */
  pings(connection: number): number
}

interface Request {
  connection: ServedConnection
  remotePort: number | null
  certificate: ClientCertificate | undefined
  at: number
  headers: ApnsHeaders
  rawHeaders: readonly string[]
  token: string | null
  body: Buffer
}

/** Turns off Node's own protection against abusive clients, which would hide what a client did. Apple documents none. */
const NO_GUARDS = {
  maxSessionRejectedStreams: 1e6,
  maxSessionInvalidFrames: 1e6,
  streamResetBurst: 1e6,
  streamResetRate: 1e6,
}

/**
 * Starts a stand-in for APNs: HTTP/2 over TLS, `POST /3/device/<token>`. It refuses what Apple refuses, with Apple's
 * reasons. A sender authenticates by a provider token, or by a client certificate; with a certificate no token is read.
 * A connection that uses tokens may have one stream until its first push is accepted, as with Apple.
 */
export async function startFakeApns(options: FakeApnsOptions): Promise<FakeApns> {
  const { credentials, environment, host = '127.0.0.1', port = 0, clock = Date.now } = options
  const { devices = new Map(), strictTokens = false, initialStreamLimit = 1, streamLimit = 1000 } = options
  const { bundleId } = credentials.apns

  const log = createPushLog()
  const orders = createFaultOrders<ApnsFault>()
  const delays = createDelays()
  const { keyEnvironment = environment, keyTopics } = options
  const { keyId, publicKey, sandboxKey } = credentials.apns
  const keys = [
    { keyId, publicKey, topics: keyTopics, isOfHere: keyEnvironment === environment },
    { ...sandboxKey, isOfHere: environment === 'sandbox' },
  ]
  const tokens = createProviderTokens(credentials.apns, { clock, keys })
  const server = createSecureServer({
    ...{ cert: credentials.cert, key: credentials.key, ...NO_GUARDS },
    // A client without a certificate uses a provider token. A bad certificate is reported in the answers to its pushes.
    ...{ requestCert: true, rejectUnauthorized: false },
  })
  const connections = createServedConnections(server, { initial: initialStreamLimit, later: streamLimit })
  server.on('session', onSession)
  const { relay, close } = await serveThroughRelay(server, { host, port })

  function onSession(session: ServerHttp2Session): void {
    session.on('error', () => undefined)
    const { socket } = session
    const connection = connections.open(session, relay.numberOf(socket.remotePort))
    const remotePort = relay.clientPortOf(socket.remotePort) ?? null
    const shown = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
    const certificate = judgeCertificate(shown, credentials.ca, clock())
    if (certificate?.topic) connection.trust()
    session.on('stream', (stream, headers, _flags, rawHeaders) => {
      stream.on('error', () => undefined)
      const at = clock()
      const token = tokenInPath(headers[':path'] ?? '')
      void readBody(stream).then(body => {
        const request = {
          connection,
          remotePort,
          certificate,
          at,
          headers: flatHeaders(headers),
          rawHeaders,
          token,
        }
        if (body) onPush(stream, { ...request, body })
      })
    })
  }

  function onPush(stream: ServerHttp2Stream, request: Request): void {
    const { connection, headers, token } = request
    const context = { topic: headers['apns-topic'] ?? '', environment, strict: strictTokens, now: clock() }
    const deviceAnswer = checkDevice(token ?? '', devices.get(token ?? ''), context)
    const verdict = judgePush(
      validate(request),
      () => orders.take({ token, connection: connection.number }),
      deviceAnswer,
    )
    const { answer, accepted, fault, delayMs, deliverAfterMs } = verdict
    if (accepted) connection.trust()
    // A provider token that was reported as expired may be replaced at once.
    if (answer?.reason === 'ExpiredProviderToken') connection.tokenUse = null
    const body = parseJsonObject(request.body) ?? {}
    log.record({
      ...{ at: request.at, token: token || null, path: headers[':path'] ?? '', headers },
      ...{ body, data: body, bytes: request.body.length },
      ...{ status: answer?.status ?? null, reason: answer?.reason ?? null, accepted, fault },
      ...{ answeredAt: answer && clock() + delayMs, connection: connection.number },
      ...{ deliverAfterMs, remotePort: request.remotePort },
    })
    const apnsId = headers['apns-id'] ?? randomUUID().toUpperCase()
    delays.after(delayMs, () => answerPush(stream, verdict, apnsId))
  }

  function validate(request: Request): FakeAnswer | null {
    const { headers, rawHeaders, token, body, connection, certificate } = request
    const reason =
      validateRequestLine(headers[':method'] ?? '', token) ??
      validateRawHeaders(rawHeaders) ??
      (certificate
        ? judgeTopic(certificate, headers['apns-topic'])
        : tokens.check(headers.authorization, headers['apns-topic'] ?? '', connection)) ??
      validateHeaders(headers, bundleId) ??
      validateBody(body, headers['apns-topic'])
    return reason && answerReason(reason)
  }

  const fake = createFakePushServer({
    url: urlOf('https', host, relay.port),
    ...{ devices, log, orders, relay },
    close: async () => {
      delays.clear()
      await close()
    },
  })
  const { setStreamLimit, goaway, pings } = connections
  return withMembers(fake, { environment, setStreamLimit, goaway, pings })
}
