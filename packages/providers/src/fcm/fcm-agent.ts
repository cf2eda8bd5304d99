import { AsyncLocalStorage } from 'node:async_hooks'
import { type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http'
import { Agent, type RequestOptions, request as requestTls } from 'node:https'
import { connect as connectPlain, isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'

/** What is known so far of the one HTTP request that an attempt may make. */
export interface WatchedRequest {
  /** Set when the attempt is over: a new request is refused, and one under way is cut. */
  over: boolean
  request?: ClientRequest
  /** The answer's status, once its headers have arrived. */
  status?: number
  retryAfter?: string | undefined
  /** Called once the headers have arrived. */
  onHeaders?: () => void
  /** The system's code for the error that broke the request. firebase-admin reports the error of its second try instead. */
  errorCode?: string | undefined
}

/** The error of a request that this agent cuts. firebase-admin does not retry an error with this code. */
class CutError extends Error {
  readonly code = 'FCM_CUT'
}

/** The maximum number of connections to FCM, and of requests under way. */
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

/** How long FCM may take to answer a probe. */
const PROBE_LIMIT_MS = 2_000

/**
 * The HTTP agent under firebase-admin. firebase-admin has no time limit below 82 s and no way to turn off its four retries.
 * With this agent, an attempt gets one request, which can be cut and is watched.
 */
export class FcmAgent extends Agent {
  readonly #attempts = new AsyncLocalStorage<WatchedRequest>()
  readonly #url: URL
  readonly #ca: string | undefined
  /** When each unanswered request was sent, oldest first. */
  readonly #unanswered = new Map<ClientRequest, number>()
  /** When each idle connection was last heard from. */
  readonly #heardAt = new WeakMap<Duplex, number>()

  /** @param url FCM's address: Google's, or a stand-in's, which may be plain http */
  constructor(url: string, ca: string | undefined, idleLimitMs = IDLE_LIMIT_MS) {
    super({
      keepAlive: true,
      maxSockets: CONNECTIONS + EXTRA_CONNECTIONS,
      maxFreeSockets: CONNECTIONS,
      timeout: idleLimitMs,
    })
    this.#url = new URL(url)
    this.#ca = ca
  }

  /** Asks FCM for anything, on a fresh connection. Resolves with whether it answered within 2 s, whatever the answer is. */
  probe(): Promise<boolean> {
    const createConnection = () => this.createConnection()
    const { protocol, hostname } = this.#url
    const ask = protocol === 'http:' ? requestPlain : requestTls
    return new Promise(resolve => {
      const request = ask({ hostname, path: '/', createConnection, timeout: PROBE_LIMIT_MS })
      request.on('response', response => {
        resolve(true)
        response.destroy()
      })
      request.on('timeout', () => request.destroy())
      request.on('error', () => resolve(false))
      request.on('close', () => resolve(false))
      request.end()
    })
  }

  /** Runs `send`, which sends one push. Every request that it makes, now or later, belongs to this attempt. */
  watch<T>(attempt: WatchedRequest, send: () => Promise<T>): Promise<T> {
    return this.#attempts.run(attempt, send)
  }

  override createConnection() {
    const { protocol, port } = this.#url
    const host = this.#url.hostname.replace(/^\[|\]$/g, '')
    if (protocol === 'http:') return connectPlain({ host, port: Number(port || 80) })
    const servername = isIP(host) ? '' : host
    return connectTls({ host, port: Number(port || 443), servername, ca: this.#ca })
  }

  /** The hook by which Node asks whether to keep a connection whose answer has ended. Its types lack the boolean. */
  override keepSocketAlive(socket: Duplex): unknown {
    this.#heardAt.set(socket, performance.now())
    return super.keepSocketAlive(socket)
  }

  /** The hook by which Node passes every request to its agent. It is not in the types. */
  addRequest(request: ClientRequest, options: RequestOptions): void {
    const attempt = this.#attempts.getStore()
    if (!attempt || attempt.over || attempt.request) {
      const error = new CutError('an attempt makes one request, within its limit')
      request.destroy(error)
      // Node does not emit the error of a request that never got a socket.
      process.nextTick(() => request.emit('error', error))
      return
    }
    attempt.request = request
    request.once('finish', () => {
      if (attempt.status === undefined) this.#unanswered.set(request, performance.now())
    })
    request.once('close', () => {
      this.#closeDoubtful()
      this.#unanswered.delete(request)
    })
    request.once('error', (error: NodeJS.ErrnoException) => {
      attempt.errorCode = error.code
    })
    request.once('response', (response: IncomingMessage) => {
      this.#unanswered.delete(request)
      attempt.status = response.statusCode ?? 0
      attempt.retryAfter = response.headers['retry-after']
      attempt.onHeaders?.()
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

/** Ends an attempt: cuts the request under way and refuses those that firebase-admin makes later. */
export function cutRequest(attempt: WatchedRequest): void {
  attempt.over = true
  attempt.request?.destroy(new CutError('nobody waits for this answer any more'))
}
