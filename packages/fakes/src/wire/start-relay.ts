import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { listenAgain, listenOnce, portOf } from './listen-again.ts'
import { forward, freeze, type RelayedConnection, thaw, whenThawed } from './relayed-connection.ts'

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
  const open = new Set<RelayedConnection>()
  const byUpstreamPort = new Map<number, RelayedConnection>()
  let total = 0
  let freezeNew = false
  let delayMs = 0
  let closed = false
  let front = await listenOnce(options.host, options.port, onClient)
  const port = portOf(front)

  function onClient(client: Socket): void {
    total += 1
    const upstream = connect({
      host: '127.0.0.1',
      port: options.upstreamPort,
      allowHalfOpen: true,
      noDelay: true,
    })
    const connection: RelayedConnection = {
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

  function onEnd(connection: RelayedConnection): void {
    if (connection.hasEnded) return
    connection.hasEnded = true
    listener.ended?.(connection.number)
  }

  const cut = (connection: RelayedConnection) => {
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
