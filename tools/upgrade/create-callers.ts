import { randomBytes } from 'node:crypto'
import {
  buildSignallingWebhook,
  type Call,
  createMessageIds,
  createSessionId,
  deliverWebhook,
  type Webhook,
} from '@ringer/fakes/cometchat'
import { registrationKey, webhookSecret } from './start-trial-stage.ts'

/** A person with an iPhone and an Android phone. */
export interface Callee {
  uid: string
  iphone: string
  android: string
}

export interface PlacedCall {
  callee: Callee
  sessionId: string
  isCancelled: boolean
}

const TIMEOUT_MS = 10_000

/** Creates what plays the apps' backend and CometChat: registers phones, calls people and hangs up. Requests that fail throw. */
export function createCallers() {
  const messageId = createMessageIds()
  let count = 0

  async function deliver(ingress: string, body: Webhook, wanted: string): Promise<void> {
    const url = `${ingress}/webhooks/cometchat`
    const answer = await deliverWebhook({ url, body, secret: webhookSecret, timeoutMs: TIMEOUT_MS })
    const { status } = answer.body as { status?: string }
    if (answer.status !== 200 || status !== wanted)
      throw new Error(`a webhook was answered ${answer.status} ${JSON.stringify(answer.body)}, not ${wanted}`)
  }

  async function register(ingress: string, phone: object): Promise<void> {
    const response = await fetch(`${ingress}/api/push/register`, {
      method: 'POST',
      body: JSON.stringify(phone),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${registrationKey}` },
    })
    if (!response.ok)
      throw new Error(`a registration was answered ${response.status} ${await response.text()}`)
  }

  async function registerPhones(ingress: string, { uid, iphone, android }: Callee): Promise<void> {
    await register(ingress, { uid, platform: 'ios', token: iphone, environment: 'production' })
    await register(ingress, { uid, platform: 'android', token: android })
  }

  const calls = new Map<string, Call>()
  return {
    /** Registers the phones of somebody new. */
    async addCallee(ingress: string): Promise<Callee> {
      count += 1
      const android = `fcm-registration-token:APA91b${randomBytes(40).toString('hex')}`
      const callee = { uid: `callee-${count}`, iphone: randomBytes(32).toString('hex'), android }
      await registerPhones(ingress, callee)
      return callee
    },
    /** Registers phones again, as an app does at each start. */
    registerPhones,
    /** Calls somebody. The other ingresses get the same webhook once more, and have to know it. */
    async call(callee: Callee, [ingress, ...others]: readonly [string, ...string[]]): Promise<PlacedCall> {
      count += 1
      const call: Call = {
        ...{ appId: 'upgrade', region: 'us', webhookId: 'ringer' },
        ...{ sessionId: createSessionId(), callType: 'video', initiatedAt: Date.now() },
        // A caller of its own for each call, so that no budget is in the way.
        caller: { uid: `caller-${count}`, name: 'Alice' },
        callee: { uid: callee.uid, name: 'Bob' },
      }
      calls.set(call.sessionId, call)
      const webhook = buildSignallingWebhook({
        action: 'initiated',
        call,
        messageId: messageId(),
        at: Date.now(),
      })
      await deliver(ingress, webhook, 'queued')
      for (const other of others) await deliver(other, webhook, 'duplicate')
      return { callee, sessionId: call.sessionId, isCancelled: false }
    },
    async cancel(placed: PlacedCall, ingress: string): Promise<void> {
      const call = calls.get(placed.sessionId)
      if (!call) throw new RangeError(`there is no call ${placed.sessionId}`)
      placed.isCancelled = true
      const at = Date.now()
      await deliver(
        ingress,
        buildSignallingWebhook({ action: 'cancelled', call, messageId: messageId(), at }),
        'queued',
      )
    },
  }
}
