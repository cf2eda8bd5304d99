/** Process: takes the pushes. It stands in for APNs (HTTP/2) and FCM, accepts everything, and records each arrival. */
import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { monotonicMs } from './clock.ts'
import { readOptions, serveParent } from './parent.ts'

/** The pushes that arrived, in the order of arrival: one entry of each list for each push. */
export interface Arrivals {
  sessions: string[]
  /** The device tokens. */
  phones: string[]
  /** When the first byte arrived, ms of the monotonic clock. */
  at: number[]
  /** Second attempts: pushes that had arrived before with the same id, so that the phone shows one call. Not in the lists. */
  repeats: number
}

export interface SinkOptions {
  cert: string
  key: string
}

const { cert, key } = readOptions<SinkOptions>()
/** Apple's limit of streams. */
const STREAMS = 1_000
const WAIT_MS = 120_000

const nothing = (): Arrivals => ({ sessions: [], phones: [], at: [], repeats: 0 })
let arrivals = nothing()
/** The id of each session's push to each phone. */
const ids = new Map<string, string>()
let awaited: { count: number; resolve: () => void } | undefined
let reports = false

/** @param id the push's own: the same on every attempt */
function record(session: string, phone: string, id: string, at: number): void {
  const push = `${session} ${phone}`
  if (id !== '' && ids.get(push) === id) {
    arrivals.repeats += 1
    return
  }
  ids.set(push, id)
  arrivals.sessions.push(session)
  arrivals.phones.push(phone)
  arrivals.at.push(at)
  if (reports) process.send?.({ arrived: session, at })
  if (awaited && arrivals.at.length >= awaited.count) awaited.resolve()
}

/** Finds the value of a string field without parsing the whole body. The values of the bench need no escape. */
function fieldOf(body: Buffer, name: string): string {
  const start = body.indexOf(`"${name}":"`)
  if (start < 0) return ''
  const from = start + name.length + 4
  return body.toString('latin1', from, body.indexOf('"', from))
}

function onPush(stream: ServerHttp2Stream, path: string, apnsId: string): void {
  const at = monotonicMs()
  let body: Buffer | undefined
  stream.on('error', () => undefined)
  stream.on('data', (chunk: Buffer) => {
    body = body ? Buffer.concat([body, chunk]) : chunk
  })
  stream.on('end', () => {
    record(body ? fieldOf(body, 'sessionId') : '', path.slice('/3/device/'.length), apnsId, at)
    if (!stream.destroyed) stream.respond({ ':status': 200, 'apns-id': apnsId }, { endStream: true })
  })
}

const apns = createSecureServer({ cert, key, settings: { maxConcurrentStreams: STREAMS } })
apns.on('session', session => session.on('error', () => undefined))
apns.on('stream', (stream, headers) =>
  onPush(stream, headers[':path'] ?? '', String(headers['apns-id'] ?? '')),
)

const fcm = createHttpsServer({ cert, key }, (request, response) => {
  const at = monotonicMs()
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    response.setHeader('content-type', 'application/json')
    if (request.url === '/token') {
      response.end('{"access_token":"bench","expires_in":3599,"token_type":"Bearer"}')
      return
    }
    const body = Buffer.concat(chunks)
    record(fieldOf(body, 'sessionId'), fieldOf(body, 'token'), fieldOf(body, 'uuid'), at)
    response.end('{"name":"projects/bench/messages/1"}')
  })
})
fcm.keepAliveTimeout = 60_000

async function listenOnFreePort(server: Server | ReturnType<typeof createSecureServer>): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

const [apnsPort, fcmPort] = await Promise.all([listenOnFreePort(apns), listenOnFreePort(fcm)])
serveParent(
  { apnsPort, fcmPort },
  {
    /** Waits until this many pushes have arrived since the last `take`. Rejects after two minutes, as late as a ring may be. */
    wait: (count: number) =>
      new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(
            new Error(`only ${arrivals.at.length} of ${count} pushes arrived within ${WAIT_MS / 1_000} s`),
          )
        }, WAIT_MS)
        const settle = () => {
          clearTimeout(timer)
          resolve()
        }
        awaited = { count, resolve: settle }
        if (arrivals.at.length >= count) settle()
      }),
    /** Returns what arrived, and forgets it. */
    take() {
      const taken = arrivals
      arrivals = nothing()
      awaited = undefined
      return taken
    },
    /** Whether to tell the parent process of each arrival. */
    report(wanted: boolean) {
      reports = wanted
    },
  },
)
