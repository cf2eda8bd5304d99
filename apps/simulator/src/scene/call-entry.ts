import type { WebhookAnswer } from '@ringer/fakes/cometchat'
import type { CallRecord } from '@ringer/store'
import type { PhoneId } from '../phones/handset-state.ts'
import type { ArrivedPush } from '../timeline/arrived-push.ts'
import type { NamedCall, NamedPerson } from './people.ts'

/** The phases before a call ends. */
export type LivePhase = 'ringing' | 'answered'

/** How a call ended. */
export type EndPhase = 'cancelled' | 'rejected' | 'unanswered' | 'ended'

export type CallPhase = LivePhase | EndPhase

/** One delivery of one webhook. `attempt` counts CometChat's retries, from 1. */
export interface Delivery extends WebhookAnswer {
  trigger: string
  attempt: number
}

/** A person who is called: Bob, or a member of the group. Each member answers or declines separately. */
export interface Member {
  person: NamedPerson
  phase: 'ringing' | 'answered' | 'rejected' | 'left'
  answeredAt?: number
  /** The phone that answered or declined. */
  by?: PhoneId
}

/** Everything that the page knows about one call. Times are epoch ms. */
export interface CallEntry {
  call: NamedCall
  /** True for a call placed with the button on this page, false for one that is known only from a push. */
  placedHere: boolean
  phase: CallPhase
  members: Member[]
  /** When the first member answered. */
  answeredAt?: number
  endedAt?: number
  /** The phone that answered first, or declined. */
  by?: PhoneId
  deliveries: Delivery[]
  rangAt: Partial<Record<PhoneId, number>>
  /** Accepted pushes that asked a phone to ring, whether or not it rang; 0 for a called phone without any. */
  ringPushes: Partial<Record<PhoneId, number>>
  /** The same pushes and those that Apple or Google did not accept, in order of arrival. */
  pushes: ArrivedPush[]
  record?: CallRecord
}

export function isLive({ phase }: CallEntry): boolean {
  return phase === 'ringing' || phase === 'answered'
}

export const isGroup = ({ call }: CallEntry): boolean => call.receiverType === 'group'
