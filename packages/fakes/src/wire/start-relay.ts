import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** Which connections a relay freezes. */
export interface FreezeOptions {
  /** Also those that are opened from now on. Default: false. */
  newConnections?: boolean
  /** Only the open connections with these numbers. Default: all. */
  only?: (connection: number) => boolean
}

export interface RelayListener {
  /** A connection was forwarded; `upstreamPort` is the port from which the server sees it come. */
  opened?: (connection: number, upstreamPort: number) => void
  /** The client's end of a connection closed, or was cut. */
  ended?: (connection: number) => void
}

/** A public port of a server, and everything that can be done to its TCP connections. */
export interface Relay {
  readonly port: number
  readonly connections: number
  readonly connectionsTotal: number
  /** The number, from 1, of the connection whose upstream socket has this local port; 0 if it has closed. */
  numberOf(upstreamPort: number | undefined): number
  /** The client's own port of that connection; undefined if it has closed. */
  clientPortOf(upstreamPort: number | undefined): number | undefined
  /** Cuts one connection with a TCP reset. */
  reset(number: number): void
  freeze(options?: FreezeOptions): void
  thaw(): void
  /** Delays all bytes in each direction by this many ms from now on. Their order stays. 0 ends the delay. */
  delay(ms: number): void
  refuseConnections(): void
  acceptConnections(): Promise<void>
  dropConnections(): void
  close(): Promise<void>
}

interface Connection {
  number: number
  client: Socket
  clientPort: number | undefined
  upstream: Socket
  frozen: boolean
  /** Work queued while the connection is frozen. */
  later: (() => void)[]
  hasEnded: boolean
}

/**
 * Listens on `host:port` and forwards bytes to and from the server on `upstreamPort`. Only a relay in the middle can
 * make a connection as silent as a firewall does: no byte, no FIN and no RST in either direction.
 */
export async function startRelay(options: {
  host: string
  port: number
  upstreamPort: number
  listener?: RelayListener
}): Promise<Relay> {
  const { listener = {} } = options
  const open = new Set<Connection>()
  const byUpstreamPort = new Map<number, Connection>()
  let total = 0
  let freezeNew = false
  let delayMs = 0
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
    const connection: Connection = {
      ...{ number: total, client, clientPort: client.remotePort, upstream },
      ...{ frozen: false, later: [], hasEnded: false },
    }
    open.add(connection)
    upstream.once('connect', () => {
      const { localPort } = upstream
      if (localPort === undefined) return
      byUpstreamPort.set(localPort, connection)
      listener.opened?.(connection.number, localPort)
      upstream.once('close', () => {
        if (byUpstreamPort.get(localPort) === connection) byUpstreamPort.delete(localPort)
      })
    })
    client.once('close', () => whenThawed(connection, () => open.delete(connection)))
    client.once('end', () => onEnd(connection))
    client.once('close', () => onEnd(connection))
    forward(connection, client, upstream, () => delayMs)
    forward(connection, upstream, client, () => delayMs)
    if (freezeNew) freeze(connection)
  }

  function onEnd(connection: Connection): void {
    if (connection.hasEnded) return
    connection.hasEnded = true
    listener.ended?.(connection.number)
  }

  const cut = (connection: Connection) => {
    onEnd(connection)
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
    clientPortOf: upstreamPort => byUpstreamPort.get(upstreamPort ?? 0)?.clientPort,
    reset(number) {
      for (const connection of open) if (connection.number === number) cut(connection)
    },
    freeze({ newConnections = false, only = () => true } = {}) {
      freezeNew = newConnections
      for (const connection of open) if (only(connection.number)) freeze(connection)
    },
    thaw() {
      freezeNew = false
      for (const connection of [...open]) thaw(connection)
    },
    delay(ms) {
      delayMs = ms
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
      const frontClosed = front.listening ? once(front, 'close') : Promise.resolve()
      front.close()
      for (const { client, upstream } of open) {
        client.destroy()
        upstream.destroy()
      }
      open.clear()
      await frontClosed
    },
  }
}

function forward(connection: Connection, from: Socket, to: Socket, delayMs: () => number): void {
  const inTurn = createTurns(delayMs)
  const pass = (act: () => void) => inTurn(() => whenThawed(connection, act))
  from.on('data', chunk =>
    pass(() => {
      if (!to.write(chunk)) from.pause()
    }),
  )
  to.on('drain', () => {
    if (!connection.frozen) from.resume()
  })
  // A paused socket still emits 'end'.
  from.on('end', () => pass(() => to.end()))
  // Errors are handled by the 'close' event that follows.
  from.on('error', () => undefined)
  from.on('close', hadError => pass(() => (hadError ? to.resetAndDestroy() : to.destroySoon())))
}

/** Runs work after a delay, in the order in which it was given even if the delay changes; at once without a delay. */
function createTurns(delayMs: () => number): (act: () => void) => void {
  const waiting: (() => void)[] = []
  let dueAt = 0
  return act => {
    const now = performance.now()
    dueAt = Math.max(dueAt, now + delayMs())
    if (waiting.length === 0 && dueAt <= now) return act()
    waiting.push(act)
    setTimeout(() => waiting.shift()?.(), dueAt - now)
  }
}

function whenThawed(connection: Connection, act: () => void): void {
  if (connection.frozen) connection.later.push(act)
  else act()
}

function freeze(connection: Connection): void {
  connection.frozen = true
  connection.client.pause()
  connection.upstream.pause()
}

function thaw(connection: Connection): void {
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

/** Retries, because another process may use the port for a moment as the local port of one of its connections. */
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
