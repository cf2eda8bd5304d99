import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** The stand-in's public port. Everything that happens to a TCP connection, and not to what it carries, is done here. */
export interface Relay {
  readonly port: number
  readonly connections: number
  readonly connectionsTotal: number
  /** The number, from 1, of the connection that reaches the server behind from this local port; 0 if it is gone. */
  numberOf(upstreamPort: number | undefined): number
  /** Cuts one connection with a TCP reset. */
  reset(number: number): void
  freeze(options?: { newConnections?: boolean }): void
  thaw(): void
  refuseConnections(): void
  acceptConnections(): Promise<void>
  dropConnections(): void
  close(): Promise<void>
}

interface Connection {
  number: number
  client: Socket
  upstream: Socket
  frozen: boolean
  /** What came to light during the frost, to be done at the thaw. */
  later: (() => void)[]
}

/**
 * Listens on `host:port` and carries bytes to and from the server on `upstreamPort`. A relay in the middle is the one
 * place where a connection can go silent the way it does behind a firewall: no byte, no FIN, no RST, either way.
 */
export async function startRelay(options: {
  host: string
  port: number
  upstreamPort: number
}): Promise<Relay> {
  const open = new Set<Connection>()
  const byUpstreamPort = new Map<number, Connection>()
  let total = 0
  let freezeNew = false
  let closed = false
  let front = await listen(options.host, options.port, onClient)
  const port = portOf(front)

  function onClient(client: Socket): void {
    total += 1
    const upstream = connect({
      host: '127.0.0.1',
      port: options.upstreamPort,
      allowHalfOpen: true,
      noDelay: true,
    })
    const connection: Connection = { number: total, client, upstream, frozen: false, later: [] }
    open.add(connection)
    upstream.once('connect', () => {
      const { localPort } = upstream
      if (localPort === undefined) return
      byUpstreamPort.set(localPort, connection)
      upstream.once('close', () => {
        if (byUpstreamPort.get(localPort) === connection) byUpstreamPort.delete(localPort)
      })
    })
    client.once('close', () => whenThawed(connection, () => open.delete(connection)))
    carry(connection, client, upstream)
    carry(connection, upstream, client)
    if (freezeNew) silence(connection)
  }

  const cut = (connection: Connection) => {
    open.delete(connection)
    connection.client.resetAndDestroy()
    connection.upstream.destroy()
  }

  return {
    port,
    get connections() {
      return open.size
    },
    get connectionsTotal() {
      return total
    },
    numberOf: upstreamPort => byUpstreamPort.get(upstreamPort ?? 0)?.number ?? 0,
    reset(number) {
      for (const connection of open) if (connection.number === number) cut(connection)
    },
    freeze({ newConnections = false } = {}) {
      freezeNew = newConnections
      for (const connection of open) silence(connection)
    },
    thaw() {
      freezeNew = false
      for (const connection of [...open]) wake(connection)
    },
    refuseConnections() {
      front.close()
    },
    async acceptConnections() {
      if (closed || front.listening) return
      const next = await listenAgain(options.host, port, onClient)
      if (closed) next.close()
      else front = next
    },
    dropConnections() {
      for (const connection of [...open]) cut(connection)
    },
    async close() {
      closed = true
      const gone = front.listening ? once(front, 'close') : Promise.resolve()
      front.close()
      for (const { client, upstream } of open) {
        client.destroy()
        upstream.destroy()
      }
      open.clear()
      await gone
    },
  }
}

function carry(connection: Connection, from: Socket, to: Socket): void {
  from.on('data', chunk => {
    if (!to.write(chunk)) from.pause()
  })
  to.on('drain', () => {
    if (!connection.frozen) from.resume()
  })
  // A socket that is paused still notices an end.
  from.on('end', () => whenThawed(connection, () => to.end()))
  // The 'close' that follows an error says all there is to do.
  from.on('error', () => undefined)
  from.on('close', hadError => whenThawed(connection, () => (hadError ? to.destroy() : to.destroySoon())))
}

function whenThawed(connection: Connection, act: () => void): void {
  if (connection.frozen) connection.later.push(act)
  else act()
}

function silence(connection: Connection): void {
  connection.frozen = true
  connection.client.pause()
  connection.upstream.pause()
}

function wake(connection: Connection): void {
  connection.frozen = false
  connection.client.resume()
  connection.upstream.resume()
  for (const act of connection.later.splice(0)) act()
}

async function listen(host: string, port: number, onClient: (client: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, onClient)
  server.listen(port, host)
  await once(server, 'listening')
  server.on('error', () => undefined)
  return server
}

/** Another process may hold the port for a moment, as the local end of a connection of its own. */
async function listenAgain(host: string, port: number, onClient: (client: Socket) => void): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await listen(host, port, onClient)
    } catch (error) {
      if (attempt === 20) throw error
      await pause(100)
    }
  }
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string')
    throw new Error('The relay is not listening on a TCP port')
  return address.port
}
