import { AsyncLocalStorage } from 'node:async_hooks'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent, type RequestOptions } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** What is known of the one HTTP request that an attempt may make. */
interface Attempt {
  deadlineMs: number
  started: boolean
  answered: (answer: { status: number; retryAfter: string | undefined }) => void
}

/** Why a request was cut here; the code is one that firebase-admin does not retry. */
class CutError extends Error {
  readonly code: 'FCM_DEADLINE' | 'FCM_RETRY_SUPPRESSED'

  constructor(code: CutError['code'], message: string) {
    super(message)
    this.code = code
  }
}

const CONNECTIONS = 64

/**
 * The agent under firebase-admin, which has neither a time limit below 82 s nor a way to turn off its four retries: each
 * attempt gets one request, a deadline until the last byte of the answer, and a connection out of a bounded number.
 *
 * @param url FCM's address: Google's, or a stand-in's, which may be plain http
 */
export class FcmAgent extends Agent {
  readonly #attempts = new AsyncLocalStorage<Attempt>()
  readonly #url: URL
  readonly #ca: string | undefined

  constructor(url: string, ca: string | undefined) {
    super({ keepAlive: true, maxSockets: CONNECTIONS, maxFreeSockets: CONNECTIONS })
    this.#url = new URL(url)
    this.#ca = ca
  }

  /**
   * Runs one attempt.
   * @param deadlineMs how long it may take
   * @param send what sends by firebase-admin
   * @param answered is told status and Retry-After as soon as they are there: on a 503 firebase-admin sleeps first
   */
  attempt<T>(deadlineMs: number, send: () => Promise<T>, answered: Attempt['answered']): Promise<T> {
    return this.#attempts.run({ deadlineMs, started: false, answered }, send)
  }

  override createConnection() {
    const { protocol, hostname, port } = this.#url
    if (protocol === 'http:') return connectPlain({ host: hostname, port: Number(port || 80) })
    return connectTls({ host: hostname, port: Number(port || 443), servername: hostname, ca: this.#ca })
  }

  /** The hook through which Node hands every request to its agent; not in the types. */
  addRequest(request: ClientRequest, options: RequestOptions): void {
    const attempt = this.#attempts.getStore()
    if (attempt?.started) {
      request.destroy(new CutError('FCM_RETRY_SUPPRESSED', 'an attempt makes one request'))
      return
    }
    if (attempt) {
      attempt.started = true
      const cut = () =>
        request.destroy(new CutError('FCM_DEADLINE', `no answer within ${attempt.deadlineMs} ms`))
      const timer = setTimeout(cut, attempt.deadlineMs)
      request.once('close', () => clearTimeout(timer))
      request.once('response', (response: IncomingMessage) => {
        attempt.answered({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] })
      })
    }
    const parent = Agent.prototype as unknown as {
      addRequest(request: ClientRequest, options: RequestOptions): void
    }
    parent.addRequest.call(this, request, options)
  }
}
