import { AsyncLocalStorage } from 'node:async_hooks'
import { type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http'
import { type RequestOptions, request as requestTls } from 'node:https'
import { connectionHook, type Way } from '../sending/connections/open-connection.ts'
import { type ProbeResult, sendProbe } from '../sending/connections/send-probe.ts'
import { refuseRequest, WatchfulAgent } from '../sending/connections/watchful-agent.ts'

/** What is known so far of the one HTTP request that an attempt may make. */
export interface WatchedRequest {
  /** Set when the attempt is over: a new request is refused, and one under way is cut. */
  over: boolean
  request?: ClientRequest
  /** Called when the request has its connection, or was refused one. */
  onRequest?: () => void
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

/** How long FCM may take to answer a probe. */
const PROBE_LIMIT_MS = 2_000

/**
 * The HTTP agent under firebase-admin. firebase-admin has no time limit below 82 s and no way to turn off its four retries.
 * With this agent, an attempt gets one request, which can be cut and is watched.
 */
export class FcmAgent extends WatchfulAgent {
  readonly #attempts = new AsyncLocalStorage<WatchedRequest>()
  readonly #url: URL
  readonly #way: Way

  /** @param url FCM's address: Google's, or a stand-in's, which may be plain http */
  constructor(url: string, way: Way & { idleLimitMs?: number } = {}) {
    super(url, way)
    this.#url = new URL(url)
    this.#way = way
  }

  /** Asks FCM for anything, on a fresh connection. Resolves with whether it answered within 2 s, whatever the answer is. */
  probe(): Promise<ProbeResult> {
    const createConnection = connectionHook(this.#url, this.#way)
    const { protocol, hostname } = this.#url
    const ask = protocol === 'http:' ? requestPlain : requestTls
    return sendProbe(ask({ hostname, path: '/', createConnection, timeout: PROBE_LIMIT_MS }))
  }

  /** Runs `send`, which sends one push. Every request that it makes, now or later, belongs to this attempt. */
  watch<T>(attempt: WatchedRequest, send: () => Promise<T>): Promise<T> {
    return this.#attempts.run(attempt, send)
  }

  override addRequest(request: ClientRequest, options: RequestOptions): void {
    const attempt = this.#attempts.getStore()
    if (!attempt || attempt.over || attempt.request) {
      refuseRequest(request, new CutError('an attempt makes one request, within its limit'))
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
    super.addRequest(request, options)
    attempt.onRequest?.()
  }
}

/** Ends an attempt: cuts the request under way and refuses those that firebase-admin makes later. */
export function cutRequest(attempt: WatchedRequest): void {
  attempt.over = true
  attempt.request?.destroy(new CutError('nobody waits for this answer any more'))
}
