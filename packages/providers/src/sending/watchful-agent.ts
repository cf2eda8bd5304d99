import type { ClientRequest } from 'node:http'
import { Agent, type AgentOptions, type RequestOptions } from 'node:https'
import type { Duplex } from 'node:stream'
import type { Connect } from './connection-through.ts'

/** The maximum number of connections to one server, and of requests under way there. */
export const CONNECTIONS = 64

/** Further connections for second attempts, so that they find one even if all others are stuck. */
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

/** An HTTP agent for one server that keeps connections open, and closes idle ones that may be dead. */
export class WatchfulAgent extends Agent {
  /** When each unanswered request was sent, oldest first. */
  readonly #unanswered = new Map<ClientRequest, number>()
  /** When each idle connection was last heard from. */
  readonly #heardAt = new WeakMap<Duplex, number>()

  readonly #connect: Connect | undefined

  /** @param connect opens the connections. Default: Node's agent does */
  constructor(options: AgentOptions = {}, connect?: Connect) {
    super({
      keepAlive: true,
      maxSockets: CONNECTIONS + EXTRA_CONNECTIONS,
      maxFreeSockets: CONNECTIONS,
      timeout: IDLE_LIMIT_MS,
      ...options,
    })
    this.#connect = connect
  }

  override createConnection(...given: Parameters<Connect>): ReturnType<Connect> {
    return this.#connect ? this.#connect(...given) : super.createConnection(...given)
  }

  /** The hook by which Node asks whether to keep a connection whose answer has ended. Its types lack the boolean. */
  override keepSocketAlive(socket: Duplex): unknown {
    this.#heardAt.set(socket, performance.now())
    return super.keepSocketAlive(socket)
  }

  /** The hook by which Node passes every request to its agent. It is not in the types. */
  addRequest(request: ClientRequest, options: RequestOptions): void {
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
    this.#closeDoubtful()
    const parent = Agent.prototype as unknown as {
      addRequest(request: ClientRequest, options: RequestOptions): void
    }
    parent.addRequest.call(this, request, options)
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
    // They come first in Node's lists, and only there does Node skip connections that are destroyed.
    for (const socket of Object.values(this.freeSockets).flatMap(sockets => sockets ?? [])) {
      if ((this.#heardAt.get(socket) ?? 0) < doubtSince) socket.destroy()
    }
  }
}
