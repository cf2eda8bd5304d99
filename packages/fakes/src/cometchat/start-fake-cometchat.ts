import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createDelays } from '../wire/delays.ts'
import type { Fault, FaultName } from '../wire/fault.ts'
import { createFaultOrders } from '../wire/fault-orders.ts'
import { judgePush } from '../wire/judge-push.ts'
import { serveThroughRelay } from '../wire/serve-through-relay.ts'
import { urlOf } from '../wire/url-of.ts'
import { answerRequest } from './answer-request.ts'
import { type CometChatData, readRequest } from './read-request.ts'

export interface FakeCometChatOptions extends Partial<CometChatData> {
  /** 127.0.0.1 */
  host?: string
  /** 0: any free port */
  port?: number
}

/** One request, without what is secret in it. */
export interface CometChatRequest {
  /** With its query; an auth token in it is `…`. */
  path: string
  /** null: it was not answered */
  status: number | null
  fault: FaultName | null
}

export interface FakeCometChat extends Readonly<CometChatData> {
  /** What `COMETCHAT_API_URL` shall be. The app's id stands in the path, as there is no host name for it. */
  readonly url: string
  /** Every request, in the order of arrival; grows as they arrive. */
  readonly requests: readonly CometChatRequest[]
  /** How many requests wait for their answer, or its end, now. */
  readonly open: number
  /** How many did at the same time, at most. */
  readonly mostAtOnce: number
  /** Orders a fault for the next requests, 1 unless told, or only those for `path`, as `requests` has it. Invalid requests are refused as ever, and use up nothing. */
  order(fault: Fault, scope?: { path?: string; times?: number }): void
  clearOrders(): void
  /** Cuts what is open and ends. */
  close(): Promise<void>
}

/**
 * Starts a stand-in for CometChat's REST API: plain HTTP on loopback, a group's members by page and a user's auth token,
 * for those who have the API key. `groups` and `authTokens` may be changed at any time.
 */
export async function startFakeCometChat(options: FakeCometChatOptions = {}): Promise<FakeCometChat> {
  const { appId = '2487f0c1a3b5d7e9', apiKey = 'f1915e328e249ffaaafd97fb46a57ba55d233fbf' } = options
  const { groups = new Map(), authTokens = new Map(), host = '127.0.0.1', port = 0 } = options
  const known = { appId, apiKey, groups, authTokens }
  const requests: CometChatRequest[] = []
  const orders = createFaultOrders<Fault>()
  const delays = createDelays()
  const server = createServer(onRequest)
  server.on('clientError', (_error, socket) => socket.destroy())
  const { relay, close } = await serveThroughRelay(server, { host, port })
  let open = 0
  let mostAtOnce = 0
  let closing: Promise<void> | null = null

  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => undefined)
    response.on('close', () => {
      open -= 1
    })
    open += 1
    mostAtOnce = Math.max(mostAtOnce, open)
    request.resume()
    const connection = relay.numberOf(request.socket.remotePort)
    const path = withoutToken(request.url ?? '')
    const read = readRequest(request, known)
    const verdict = judgePush(
      'invalid' in read ? read.invalid : null,
      () => orders.take(path),
      'unknown' in read ? read.unknown : null,
    )
    requests.push({ path, status: verdict.answer?.status ?? null, fault: verdict.fault })
    delays.after(verdict.delayMs, () => answerRequest(response, verdict, read, () => relay.reset(connection)))
  }

  return {
    url: `${urlOf('http', host, relay.port)}/${appId}/v3`,
    ...known,
    requests,
    get open() {
      return open
    },
    get mostAtOnce() {
      return mostAtOnce
    },
    order: (fault, { path, times } = {}) => orders.order(fault, { token: path, times }),
    clearOrders: orders.clear,
    close() {
      closing ??= (async () => {
        delays.clear()
        await relay.close()
        await close()
      })()
      return closing
    },
  }
}

const withoutToken = (path: string) => path.replace(/(\/auth_tokens\/).*/s, '$1…')
