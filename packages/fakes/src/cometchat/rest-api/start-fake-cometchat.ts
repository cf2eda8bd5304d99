import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createDelays } from '../../wire/create-delays.ts'
import { createFaultOrders } from '../../wire/create-fault-orders.ts'
import type { CometChatFault, FaultName } from '../../wire/fault.ts'
import { judgePush } from '../../wire/judge-push.ts'
import { serveThroughRelay, urlOf } from '../../wire/serve-through-relay.ts'
import { answerRequest } from './answer-request.ts'
import { type CometChatData, readRestRequest } from './read-rest-request.ts'

export interface FakeCometChatOptions extends Partial<CometChatData> {
  /** Default: 127.0.0.1 */
  host?: string
  /** Default: any free port */
  port?: number
}

/** One request, without its secrets. */
export interface CometChatRequest {
  /** With its query. An auth token is replaced by `…`. */
  path: string
  /** null when it was not answered */
  status: number | null
  fault: FaultName | null
}

export interface FakeCometChat extends Readonly<CometChatData> {
  /** The value for `COMETCHAT_API_URL`. It has the app's id in its path, because it has no host name for it. */
  readonly url: string
  /** Every request so far, in the order of arrival. */
  readonly requests: readonly CometChatRequest[]
  /** How many requests wait now for their answer, or for its end. */
  readonly open: number
  /** The largest value of `open` so far. */
  readonly mostAtOnce: number
  /**
   * Orders a fault for the next `times` requests (default 1), or only for requests to `path`, as `requests` shows it. Invalid
   * requests are refused as usual and use up no order.
   */
  order(fault: CometChatFault, scope?: { path?: string; times?: number }): void
  clearOrders(): void
  /** Cuts open connections and stops. */
  close(): Promise<void>
}

/**
 * Starts a stand-in for CometChat's REST API, plain HTTP on loopback. With the API key, it lists a group's members by page
 * and looks up a user's auth token. `groups` and `authTokens` may be changed at any time.
 */
export async function startFakeCometChat(options: FakeCometChatOptions = {}): Promise<FakeCometChat> {
  const { appId = '2487f0c1a3b5d7e9', apiKey = 'f1915e328e249ffaaafd97fb46a57ba55d233fbf' } = options
  const { groups = new Map(), authTokens = new Map(), host = '127.0.0.1', port = 0 } = options
  const known = { appId, apiKey, groups, authTokens }
  const requests: CometChatRequest[] = []
  const orders = createFaultOrders<CometChatFault>()
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
    const read = readRestRequest(request, known)
    const verdict = judgePush(
      'invalid' in read ? read.invalid : null,
      () => orders.take({ token: path, connection }),
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
