import { type IncomingMessage, request as requestPlain } from 'node:http'
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'

/** A server to connect to. */
export interface Endpoint {
  /** https, or http for a stand-in. */
  url: string
  /** A certificate to trust besides the system's, PEM. */
  ca?: string | undefined
  /** Whether it speaks nothing but HTTP/2. It is connected to, and asked nothing. */
  isHttp2?: boolean
}

/** What happened: the server was reached, or the error that prevented it. */
export type Reach =
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
export async function askEndpoint(
  { url, ca, isHttp2 = false }: Endpoint,
  clock: () => number,
): Promise<Reach> {
  const target = new URL(url)
  const { promise, resolve, reject } = Promise.withResolvers<Reach>()
  const socket = open(target, ca, isHttp2)
  const timer = setTimeout(() => reject(timeout()), LIMIT_MS)
  socket.once('error', reject)
  socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))
  socket.once(target.protocol === 'http:' ? 'connect' : 'secureConnect', () => {
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
  })
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

function open({ protocol, hostname, port }: URL, ca: string | undefined, isHttp2: boolean): Socket {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (protocol === 'http:') return connectPlain({ host, port: Number(port || 80) })
  const servername = isIP(host) ? '' : host
  const ALPNProtocols = [isHttp2 ? 'h2' : 'http/1.1']
  return connectTls({
    host,
    port: Number(port || 443),
    servername,
    ALPNProtocols,
    ...(ca !== undefined && { ca }),
  })
}

function endOfCertificate(socket: Socket | TLSSocket): number | undefined {
  return 'getPeerX509Certificate' in socket
    ? socket.getPeerX509Certificate()?.validToDate.getTime()
    : undefined
}
