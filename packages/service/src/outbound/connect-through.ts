import { request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'

/** How long a proxy may take to open a tunnel. */
const LIMIT_MS = 1_500

/**
 * Why a proxy opened no tunnel. The server behind it has seen nothing. `code` is ERR_PROXY_ and the proxy's status or the system's
 * code. Nothing in it is from the proxy's address, which may contain a password.
 */
export class ProxyError extends Error {
  readonly code: string

  constructor(what: string, code: string | number) {
    super(`the proxy ${what} (${code})`)
    this.code = `ERR_PROXY_${code}`
  }
}

/**
 * Opens a connection to the server of a URL by HTTP CONNECT (RFC 9110, section 9.3.6). The proxy sees the server's name and
 * port; with https everything else is encrypted from end to end, and the server's certificate is checked as without a proxy.
 * Resolves as soon as the tunnel is open: the TLS handshake in it may still fail.
 *
 * @param proxyUrl http or https, with a user name and a password if the proxy wants them
 * @param tls more for the TLS connection in the tunnel
 * @throws ProxyError within 1.5 s
 */
export async function connectThrough(
  proxyUrl: string,
  url: string | URL,
  tls: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'ALPNProtocols' | 'secureContext'> = {},
): Promise<Socket> {
  const { protocol, hostname, port } = new URL(url)
  const tunnel = await openTunnel(
    new URL(proxyUrl),
    `${hostname}:${port || (protocol === 'http:' ? 80 : 443)}`,
  )
  if (protocol === 'http:') return tunnel
  // The TLS connection reports them.
  tunnel.on('error', () => {})
  const host = hostname.replace(/^\[|\]$/g, '')
  return connectTls({ ...tls, socket: tunnel, host, servername: isIP(host) ? '' : host })
}

function openTunnel(proxy: URL, authority: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const request = (proxy.protocol === 'https:' ? requestTls : requestPlain)({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...authorization(proxy) },
      agent: false,
    })
    const timer = setTimeout(() => {
      reject(new ProxyError('does not answer', 'ETIMEDOUT'))
      request.destroy()
    }, LIMIT_MS)
    // Node calls this for every status.
    request.once('connect', ({ statusCode = 0 }, socket: Socket, head) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head)
        socket.setNoDelay(true)
        return resolve(socket)
      }
      socket.destroy()
      reject(new ProxyError('refuses the connection', statusCode))
    })
    request.on('error', ({ code, name }: NodeJS.ErrnoException) =>
      reject(new ProxyError('cannot be reached', code ?? name)),
    )
    request.once('close', () => {
      clearTimeout(timer)
      reject(new ProxyError('closed the connection', 'ECONNRESET'))
    })
    request.end()
  })
}

function authorization({ username, password }: URL) {
  if (!username && !password) return {}
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }
}
