import type { Agent } from 'node:https'
import { connect as connectPlain, isIP, type LookupFunction } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ConnectionOptions, connect as connectTls, createSecureContext } from 'node:tls'
import { connectThrough } from '@ringer/service'

/** How a server is reached. */
export interface Way {
  /** A certificate to trust instead of the system's, PEM. */
  ca?: string | undefined
  /** Finds the address of the server's name. Default: the system's. */
  lookup?: LookupFunction | undefined
  /** The HTTP proxy on the way, which then finds the address. Default: none. */
  proxyUrl?: string | undefined
}

/**
 * Returns what every TLS connection on this way is opened with. Create it once: it costs 0.3 ms, and a burst of pushes opens
 * dozens of connections.
 */
export const tlsOptionsOf = ({ ca }: Way): TlsOptions => ({
  secureContext: createSecureContext(ca === undefined ? {} : { ca }),
})

type TlsOptions = Pick<ConnectionOptions, 'secureContext'>

/** An error on the way to a server. `code`: the system's or Node's, or a proxy's: ERR_PROXY_ and its status. */
export type ConnectionError = Error & { code?: string }

/**
 * Opens a connection to a server. Resolves when it is open: with https, after the handshake.
 *
 * @param url https, or http for a stand-in
 * @param tls from `tlsOptionsOf`
 * @param signal ends the attempt
 * @throws ConnectionError
 */
export async function openConnection(
  url: string | URL,
  way: Way,
  tls: TlsOptions,
  signal: AbortSignal,
): Promise<Duplex> {
  const { socket, opens } = await begin(new URL(url), way, tls)
  if (opens === undefined) return socket
  return new Promise((resolve, reject) => {
    const end = () => {
      for (const event of ['error', 'close']) socket.off(event, fail)
      signal.removeEventListener('abort', abort)
    }
    const fail = (error?: Error) => {
      end()
      // It may emit a further error.
      socket.on('error', () => {})
      socket.destroy()
      reject(error ?? Object.assign(new Error('closed'), { code: 'CLOSED' }))
    }
    const abort = () => fail()
    socket.once(opens, () => {
      end()
      resolve(socket)
    })
    for (const event of ['error', 'close']) socket.once(event, fail)
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
  })
}

/** Begins to open a connection. `opens`: the event that tells that it is open, unless it is. */
async function begin(
  url: URL,
  { lookup, proxyUrl }: Way,
  tls: TlsOptions,
): Promise<{ socket: Duplex; opens?: 'connect' | 'secureConnect' }> {
  const isPlain = url.protocol === 'http:'
  if (proxyUrl !== undefined) {
    const socket = await connectThrough(proxyUrl, url, tls)
    return isPlain ? { socket } : { socket, opens: 'secureConnect' }
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const to = { host, port: Number(url.port || (isPlain ? 80 : 443)), ...(lookup && { lookup }) }
  if (isPlain) return { socket: connectPlain(to), opens: 'connect' }
  const socket = connectTls({ ...to, ...tls, servername: isIP(host) ? '' : host })
  return { socket, opens: 'secureConnect' }
}

/** Node's hook by which a single request opens its connection. */
export const connectionHook =
  (url: string | URL, way: Way): Agent['createConnection'] =>
  (_options, done) => {
    openConnection(url, way, tlsOptionsOf(way), neverAborted).then(
      socket => done?.(null, socket),
      (error: Error) => done?.(error, undefined as never),
    )
    return undefined
  }

const neverAborted = new AbortController().signal
