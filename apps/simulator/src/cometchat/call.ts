import type { CallType } from '@ringer/payloads'

/** Somebody who calls or is called, with the fields of CometChat's user entity that a push needs. */
export type Person = { uid: string; name: string; avatar?: string }

/** A call as CometChat knows it: what stays the same in each of its webhooks. */
export type Call = {
  appId: string
  region: string
  /** The id of the webhook configuration, which CometChat repeats in every delivery. */
  webhookId: string
  sessionId: string
  callType: CallType
  caller: Person
  /** Who is called, or which group: then its uid is the group's guid. */
  recipient: Person
  /** `user` unless told. */
  receiverType?: 'user' | 'group'
  /** Epoch ms. */
  initiatedAt: number
}
