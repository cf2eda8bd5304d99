import { Agent } from 'node:https'
import { connect } from 'node:tls'
import { initializeApp } from 'firebase-admin/app'
import { getMessaging } from 'firebase-admin/messaging'
import type { SendPush } from './create-bare-apns.ts'

/** As many connections as Ringer's worker opens to FCM. Node's own agent would open one for each push at once. */
const CONNECTIONS = 64

/** Leads firebase-admin, which knows only Google's address, to the stand-in. */
class StandInAgent extends Agent {
  readonly #port: number
  readonly #ca: string

  constructor(port: number, ca: string) {
    super({ keepAlive: true, maxSockets: CONNECTIONS })
    this.#port = port
    this.#ca = ca
  }

  override createConnection() {
    return connect({ host: '127.0.0.1', port: this.#port, servername: 'localhost', ca: this.#ca })
  }
}

/** Creates the sender of the bare processes for Android phones: firebase-admin's `send`, with an access token at hand. */
export function createBareFcm({ port, ca }: { port: number; ca: string }): SendPush {
  const credential = { getAccessToken: async () => ({ access_token: 'bench', expires_in: 3_599 }) }
  const app = initializeApp({ projectId: 'bench', credential, httpAgent: new StandInAgent(port, ca) })
  const messaging = getMessaging(app)
  return async ({ sessionId, callerName }, token) => {
    const uuid = crypto.randomUUID()
    const call = { sessionId, uuid, callerName, callerUid: 'caller', callType: 'video', receiverType: 'user' }
    const data = { type: 'incoming_call', callAction: 'initiated', ...call, sentAt: String(Date.now()) }
    await messaging.send({ token, data, android: { priority: 'high', ttl: 30_000 } })
  }
}
