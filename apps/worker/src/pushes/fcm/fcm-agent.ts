import { AsyncLocalStorage } from 'node:async_hooks'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent, type RequestOptions } from 'node:https'
import { connect as connectPlain, isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** The one HTTP request that an attempt may make, as far as it has got. */
export interface WatchedRequest {
  /** None is made from now on; one under way is cut. */
  over: boolean
  request?: ClientRequest
  /** Of the answer, as soon as its headers are there. */
  status?: number
  retryAfter?: string | undefined
  /** Is told as soon as they are there. */
  onHeaders?: () => void
  /** The system's code of what broke it; firebase-admin reports what became of its own second try. */
  errorCode?: string | undefined
}

/** Why a request was cut here; the code is one that firebase-admin does not retry. */
class CutError extends Error {
  readonly code = 'FCM_CUT'
}

/** How many connections there are at most; more requests than that are never under way. */
export const CONNECTIONS = 64

/**
 * A connection that was idle for so long is not trusted with a ring: firewalls forget connections without telling, and a
 * handshake costs less than finding out.
 */
const IDLE_LIMIT_MS = 20_000

/**
 * The agent under firebase-admin, which has neither a time limit below 82 s nor a way to turn off its four retries: each
 * attempt gets one request, can be cut, and is watched.
 */
export class FcmAgent extends Agent {
  readonly #attempts = new AsyncLocalStorage<WatchedRequest>()
  readonly #url: URL
  readonly #ca: string | undefined

  /** @param url FCM's address: Google's, or a stand-in's, which may be plain http */
  constructor(url: string, ca: string | undefined, idleLimitMs = IDLE_LIMIT_MS) {
    super({ keepAlive: true, maxSockets: CONNECTIONS, maxFreeSockets: CONNECTIONS, timeout: idleLimitMs })
    this.#url = new URL(url)
    this.#ca = ca
  }

  /** Runs what sends one push; whatever request that makes, now or later, is this attempt's. */
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

  /** The hook through which Node hands every request to its agent; not in the types. */
  addRequest(request: ClientRequest, options: RequestOptions): void {
    const attempt = this.#attempts.getStore()
    if (!attempt || attempt.over || attempt.request) {
      const error = new CutError('an attempt makes one request, within its limit')
      request.destroy(error)
      // A request that never got a socket would never say so.
      process.nextTick(() => request.emit('error', error))
      return
    }
    attempt.request = request
    request.once('error', (error: NodeJS.ErrnoException) => {
      attempt.errorCode = error.code
    })
    request.once('response', (response: IncomingMessage) => {
      attempt.status = response.statusCode ?? 0
      attempt.retryAfter = response.headers['retry-after']
      attempt.onHeaders?.()
    })
    const parent = Agent.prototype as unknown as {
      addRequest(request: ClientRequest, options: RequestOptions): void
    }
    parent.addRequest.call(this, request, options)
  }
}

/** Ends an attempt: what is under way is cut, and what firebase-admin may want to send later does not leave. */
export function cutRequest(attempt: WatchedRequest): void {
  attempt.over = true
  attempt.request?.destroy(new CutError('nobody waits for this answer any more'))
}
