import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export interface FakeProxyOptions {
  /** The user name and the password that it asks for. Default: none. */
  credentials?: { username: string; password: string }
  /** Where names lead, as `name:port`, because it resolves them itself. Default: where the system says. */
  routes?: Readonly<Record<string, { host: string; port: number }>>
}

/** A tunnel that somebody asked for. */
export interface RequestedTunnel {
  /** `name:port`. */
  authority: string
  /** What it answered; undefined if it did not. */
  status: number | undefined
}

export interface FakeProxy {
  /** http, without credentials. */
  readonly url: string
  readonly tunnels: readonly RequestedTunnel[]
  /**
   * Answers every request with this status from now on, or with nothing. Undefined: opens tunnels again, also those that it
   * was asked for while it said nothing.
   */
  order(answer: number | 'silence' | undefined): void
  /** Ends the tunnels that are open. */
  cut(): void
  close(): Promise<void>
}

/** Starts an HTTP proxy that opens tunnels by CONNECT (RFC 9110, section 9.3.6) and answers 407 without its credentials. */
export async function startFakeProxy({
  credentials,
  routes = {},
}: FakeProxyOptions = {}): Promise<FakeProxy> {
  const tunnels: RequestedTunnel[] = []
  const sockets = new Set<Duplex>()
  const waiting = new Set<() => void>()
  let ordered: number | 'silence' | undefined
  const expected =
    credentials &&
    `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`
  // A proxy like those of companies: it answers nothing else.
  const server = createServer((_request, response) => response.writeHead(405).end())

  const keep = (socket: Duplex) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }

  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }

  function statusFor({ headers }: IncomingMessage): number | undefined {
    if (ordered === 'silence') return undefined
    if (ordered !== undefined) return ordered
    return expected === undefined || headers['proxy-authorization'] === expected ? 200 : 407
  }

  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    keep(client)
    const authority = request.url ?? ''
    const tunnel: RequestedTunnel = { authority, status: undefined }
    tunnels.push(tunnel)
    answer()

    function answer() {
      const status = statusFor(request)
      if (status === undefined) return void waiting.add(answer)
      tunnel.status = status
      open(status)
    }

    function open(status: number) {
      if (status !== 200) return client.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`)
      const { hostname, port } = new URL(`http://${authority}`)
      const direct = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) }
      const server: Socket = connect(routes[authority] ?? direct)
      keep(server)
      server.once('connect', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n')
        server.write(head)
        server.pipe(client)
        client.pipe(server)
      })
      server.once('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'))
      server.once('close', () => client.destroy())
      client.once('close', () => server.destroy())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    order(answer) {
      ordered = answer
      if (answer !== undefined) return
      for (const again of waiting) again()
      waiting.clear()
    },
    cut,
    async close() {
      cut()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
