import { type IncomingMessage, request as requestPlain } from 'node:http'
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { connectThrough } from '@ringer/service'

/** A server to connect to. */
export interface CheckedEndpoint {
  /** https, or http for a stand-in. */
  url: string
  /** A certificate to trust besides the system's, PEM. */
  ca?: string | undefined
  /** Whether it speaks nothing but HTTP/2. It is connected to, and asked nothing. */
  isHttp2?: boolean
  /** The HTTP proxy on the way. Default: none. */
  proxyUrl?: string | undefined
  /** Whether RINGER_PROXY_URL is for it. Default: false. */
  mayUseProxy?: boolean
}

/** What happened: the server was reached, or the error that prevented it. */
export type ReachResult =
  | {
      kind: 'reached'
      /** When the server's certificate expires, epoch ms. Undefined without TLS. */
      certificateEndsAt: number | undefined
      /** The header `Date` of its answer, and this machine's time before and after it; all epoch ms. */
      time: { date: number; askedAt: number; answeredAt: number } | undefined
    }
  | { kind: 'failed'; error: NodeJS.ErrnoException }

const LIMIT_MS = 4_000

/** The server did not answer in time. The code is that of the system for a connection. */
const timeout = () => Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })

/**
 * Connects to a server, checks its certificate, and sends a GET for `/`, whatever the answer is. Takes at most 4 s and never
 * rejects.
 *
 * @param clock returns epoch ms
 */
export async function askEndpoint(endpoint: CheckedEndpoint, clock: () => number): Promise<ReachResult> {
  const { isHttp2 = false } = endpoint
  const target = new URL(endpoint.url)
  const endsAt = performance.now() + LIMIT_MS
  const opened = await open(target, endpoint)
  if ('kind' in opened) return opened
  const socket = opened
  const { promise, resolve, reject } = Promise.withResolvers<ReachResult>()
  const timer = setTimeout(() => reject(timeout()), endsAt - performance.now())
  socket.once('error', reject)
  socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))
  const onConnected = () => {
    const certificateEndsAt = endOfCertificate(socket)
    if (isHttp2) return resolve({ kind: 'reached', certificateEndsAt, time: undefined })
    const askedAt = clock()
    const asked = requestPlain({ createConnection: () => socket, host: target.hostname, path: '/' })
    asked.once('error', reject)
    asked.once('response', (response: IncomingMessage) => {
      const date = Date.parse(response.headers.date ?? '')
      const time = Number.isNaN(date) ? undefined : { date, askedAt, answeredAt: clock() }
      resolve({ kind: 'reached', certificateEndsAt, time })
    })
    asked.end()
  }
  if (!socket.connecting && target.protocol === 'http:') onConnected()
  else socket.once(target.protocol === 'http:' ? 'connect' : 'secureConnect', onConnected)
  try {
    return await promise
  } catch (error) {
    return { kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) }
  } finally {
    clearTimeout(timer)
    // Errors that come after the answer are of no interest.
    socket.on('error', () => {})
    socket.destroy()
  }
}

async function open(
  target: URL,
  { ca, isHttp2, proxyUrl }: CheckedEndpoint,
): Promise<Socket | Extract<ReachResult, { kind: 'failed' }>> {
  const { protocol, hostname, port } = target
  const tls = { ALPNProtocols: [isHttp2 ? 'h2' : 'http/1.1'], ...(ca !== undefined && { ca }) }
  if (proxyUrl)
    return connectThrough(proxyUrl, target, tls).catch(error => ({ kind: 'failed' as const, error }))
  const host = hostname.replace(/^\[|\]$/g, '')
  if (protocol === 'http:') return connectPlain({ host, port: Number(port || 80) })
  const servername = isIP(host) ? '' : host
  return connectTls({ ...tls, host, port: Number(port || 443), servername })
}

function endOfCertificate(socket: Socket | TLSSocket): number | undefined {
  return 'getPeerX509Certificate' in socket
    ? socket.getPeerX509Certificate()?.validToDate.getTime()
    : undefined
}
