import type { ClientRequest } from 'node:http'
import { Agent, type AgentOptions, type RequestOptions } from 'node:https'
import type { Duplex } from 'node:stream'
import { createSeats, type NotConnected, type Seat, type Seats } from './create-seats.ts'
import { openConnection, tlsOptionsOf, type Way } from './open-connection.ts'

/** The maximum number of requests under way at one server, each on a connection of its own. */
export const CONNECTIONS = 64

/** Further ones for second attempts, so that they find room even if all others are stuck. */
export const EXTRA_CONNECTIONS = 8

/**
 * A connection that was idle for longer is closed. Firewalls drop idle connections silently, and a handshake costs less
 * than a time-out.
 */
const IDLE_LIMIT_MS = 20_000

/**
 * How long a request may be unanswered before it casts doubt on the idle connections. Less than a second, so that a second
 * attempt that starts a second after the first does not take another dead connection.
 */
const DOUBT_AFTER_MS = 750

/**
 * An HTTP agent for one server that keeps connections open, and closes idle ones that may be dead. A request leaves only on
 * a connection that is open already: take a seat first.
 */
export class WatchfulAgent extends Agent {
  /** When each unanswered request was sent, oldest first. */
  readonly #unanswered = new Map<ClientRequest, number>()
  /** When each idle connection was last heard from. */
  readonly #heardAt = new WeakMap<Duplex, number>()
  readonly #seats: Seats

  /**
   * @param url the server's address: https, or http for a stand-in
   * @param way how it is reached, and how long a connection may be idle. Default: 20 s
   */
  constructor(
    url: string | URL,
    { idleLimitMs = IDLE_LIMIT_MS, ...way }: Way & { idleLimitMs?: number } = {},
  ) {
    const options: AgentOptions = {
      keepAlive: true,
      maxFreeSockets: CONNECTIONS,
      timeout: idleLimitMs,
    }
    super(options)
    const tls = tlsOptionsOf(way)
    this.#seats = createSeats({
      open: signal => openConnection(url, way, tls, signal),
      idle: () => this.#idle().length,
      idleLimitMs,
    })
    // After Node's own listener, so the connection is among the idle ones by now, if it is kept.
    this.on('free', () => this.#seats.admit())
  }

  /** Keeps an open connection for one request. If none is free, opens one and waits for it. */
  async seat(): Promise<Seat | NotConnected> {
    this.#closeDoubtful()
    return this.#seats.take()
  }

  /** The hook by which Node asks for another connection, because none is idle. */
  override createConnection(): Duplex {
    const spare = this.#seats.spare()
    // `addRequest` has looked.
    if (!spare) throw new NotOpenError('there is no open connection')
    return spare
  }

  /** The hook by which Node asks whether to keep a connection whose answer has ended. Its types lack the boolean. */
  override keepSocketAlive(socket: Duplex): unknown {
    this.#heardAt.set(socket, performance.now())
    return super.keepSocketAlive(socket)
  }

  /** The hook by which Node passes every request to its agent. It is not in the types. */
  addRequest(request: ClientRequest, options: RequestOptions): void {
    // The connection was closed since it was found. Node would open another one, and the request would wait for it.
    if (this.#idle().length === 0 && !this.#seats.hasSpare()) {
      refuseRequest(request, new NotOpenError('the connection was closed'))
      return
    }
    let isAnswered = false
    request.once('finish', () => {
      if (!isAnswered) this.#unanswered.set(request, performance.now())
    })
    request.once('close', () => {
      this.#closeDoubtful()
      this.#unanswered.delete(request)
    })
    request.once('response', () => {
      isAnswered = true
      this.#unanswered.delete(request)
    })
    const parent = Agent.prototype as unknown as {
      addRequest(request: ClientRequest, options: RequestOptions): void
    }
    parent.addRequest.call(this, request, options)
  }

  override destroy(): void {
    this.#seats.close()
    super.destroy()
  }

  #idle(): Duplex[] {
    return Object.values(this.freeSockets)
      .flatMap(sockets => sockets ?? [])
      .filter(socket => !socket.destroyed)
  }

  /**
   * Closes the idle connections that have not been heard from since a request was sent that is still unanswered: what
   * silenced its connection (a firewall, a route that is gone) may have silenced them. The next request then opens a fresh
   * connection. Without this, every attempt would take another dead connection.
   *
   * Busy connections are left alone: their requests are answered, or are cut when a later one is answered first.
   */
  #closeDoubtful(): void {
    const now = performance.now()
    let doubtSince: number | undefined
    for (const sentAt of this.#unanswered.values()) {
      if (now - sentAt < DOUBT_AFTER_MS) break
      doubtSince = sentAt
    }
    if (doubtSince === undefined) return
    for (const socket of this.#idle()) {
      if ((this.#heardAt.get(socket) ?? 0) < doubtSince) socket.destroy()
    }
    this.#seats.closeOlderThan(doubtSince)
  }
}

/** A request got no connection, because the one that was kept for it was closed. */
class NotOpenError extends Error {
  readonly code = 'NOT_OPEN'
}

/** Ends a request before it gets a connection. Node does not emit the error of such a request. */
export function refuseRequest(request: ClientRequest, error: Error): void {
  request.destroy(error)
  process.nextTick(() => request.emit('error', error))
}
