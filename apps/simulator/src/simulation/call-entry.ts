import type { CallRecord } from '@ringer/store'
import type { Call, Person, WebhookAnswer } from '../cometchat.ts'
import type { PhoneId } from '../phones/phone-state.ts'
import type { ArrivedPush } from './arrived-push.ts'

/** `ringing` and `answered` are live, the rest is how it ended. */
export type CallPhase = 'ringing' | 'answered' | 'cancelled' | 'rejected' | 'unanswered' | 'ended'

/** One delivery of one webhook. A retry of CometChat has the next `attempt`. */
export type Delivery = WebhookAnswer & { trigger: string; attempt: number }

/** Somebody who is called: Bob, or one of the group. Everybody of a group answers, or does not, for himself. */
export type Member = {
  person: Person
  phase: 'ringing' | 'answered' | 'rejected' | 'left'
  answeredAt?: number
  /** The phone that answered or declined. */
  by?: PhoneId
}

/** Everything this page knows about one call. */
export type CallEntry = {
  call: Call
  /** Placed by the button on this page; false for a call that only a push told of. */
  placedHere: boolean
  phase: CallPhase
  members: Member[]
  /** When the first of them answered, epoch ms. */
  answeredAt?: number
  endedAt?: number
  /** The phone on which it was answered first, or declined. */
  by?: PhoneId
  deliveries: Delivery[]
  rangAt: Partial<Record<PhoneId, number>>
  /** Pushes that asked the phone to ring, whether or not it did: one number for each phone of those who are called. */
  ringPushes: Partial<Record<PhoneId, number>>
  /** The same, and those that Apple or Google did not take, in the order in which they arrived. */
  pushes: ArrivedPush[]
  record?: CallRecord
}

export function isLive({ phase }: CallEntry): boolean {
  return phase === 'ringing' || phase === 'answered'
}

export const isGroup = ({ call }: CallEntry): boolean => call.receiverType === 'group'
