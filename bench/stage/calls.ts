import { createHash } from 'node:crypto'
import { buildSignallingWebhook, type Webhook } from '@ringer/fakes/cometchat'
import { type CallJob, deadlineOf, parseWebhook } from '@ringer/payloads'

/** The tenant of an ingress that has no COMETCHAT_APP_ID. */
export const APP_ID = 'default'
/** RINGER_RING_SECONDS, in ms: the longest that Ringer allows, so that no call of a full queue expires. */
export const RING_MS = 120_000

const USERS = 1_000

/** One call of a bench: the session, the user who is called, and the tokens of this user's iPhones. */
export interface BenchCall {
  sessionId: string
  uid: string
  phones: readonly string[]
}

/** The users that are called in turn. */
export const users: readonly string[] = Array.from({ length: USERS }, (_, index) => `user-${index}`)

/** The device token of one of a user's iPhones. */
export const tokenOf = (uid: string, phone = 0): string =>
  createHash('sha256').update(`${uid} ${phone}`).digest('hex')

const tokens = new Map<string, readonly string[]>()

/** The tokens of a user's first `count` iPhones. */
export function tokensOf(uid: string, count: number): readonly string[] {
  const key = `${uid} ${count}`
  const known = tokens.get(key) ?? Array.from({ length: count }, (_, phone) => tokenOf(uid, phone))
  tokens.set(key, known)
  return known
}

/**
 * Makes the calls of one batch, to the users in turn. Two batches with different names have no session in common.
 *
 * @param phones how many iPhones each user has
 */
export function makeCalls(batch: string, count: number, phones = 1): BenchCall[] {
  return Array.from({ length: count }, (_, index) => {
    const uid = users[index % USERS] ?? 'user-0'
    return { sessionId: `v1.bench.${batch}.${index}`, uid, phones: tokensOf(uid, phones) }
  })
}

/** Builds the webhook that announces a call, as CometChat delivers it. */
export function webhookOf({ sessionId, uid }: Pick<BenchCall, 'sessionId' | 'uid'>, at: number): Webhook {
  const call = {
    ...{ appId: 'bench', region: 'eu', webhookId: 'ringer-calls', sessionId, callType: 'video' as const },
    caller: { uid: 'caller', name: 'Alice Example' },
    callee: { uid, name: `${uid} Example` },
    initiatedAt: at,
  }
  return buildSignallingWebhook({ action: 'initiated', call, messageId: sessionId.slice(-12), at })
}

/** Makes the job that the ingress would store for a call's webhook. */
export function jobOf(call: Pick<BenchCall, 'sessionId' | 'uid'>, at: number): CallJob {
  const parsed = parseWebhook(webhookOf(call, at), { ringMeetings: false })
  if (parsed.status !== 'event') throw new Error(`the bench's own webhook is ${parsed.status}`)
  const { event } = parsed
  return { appId: APP_ID, event, receivedAt: at, deadline: deadlineOf(at, event.sentAt, RING_MS) }
}
