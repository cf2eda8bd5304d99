import type { CallType } from '@ringer/payloads'

/** Somebody who calls or is called, with the fields of CometChat's user entity that a push needs. */
export type Person = { uid: string; name: string; avatar?: string }

/** A one-to-one call as CometChat knows it: what stays the same in each of its webhooks. */
export type Call = {
  appId: string
  region: string
  /** The id of the webhook configuration, which CometChat repeats in every delivery. */
  webhookId: string
  sessionId: string
  callType: CallType
  caller: Person
  recipient: Person
  /** Epoch ms. */
  initiatedAt: number
}
