import type { FaultName } from '@ringer/fakes'
import type { RingRecord } from '@ringer/store'
import type { Dialect, ProviderName } from './plan/plan.ts'

// What happened in a campaign, as data: all that the checker knows. Instants are epoch ms, of one clock.

/** A webhook that was sent, and its answer; without `status` none came. */
export interface SentWebhook {
  kind: 'ring' | 'end' | 'answer'
  sessionId: string
  /** Whose ring it is about; an end without one is about all rings of the session. */
  recipient?: string | undefined
  action?: string | undefined
  dialect: Dialect
  ingress: number
  /** The event's own time as the webhook told it; absent in the dialects that do not say. */
  eventAt?: number | undefined
  sentAt: number
  /** When the answer came, or nobody waited for it any more. */
  answeredAt: number
  status?: number | undefined
  /** `queued`, `duplicate`, `ignored`, or the code of an error. */
  answer?: string | undefined
}

export interface SentRegistration {
  kind: 'register' | 'unregister'
  uid: string
  token: string
  sentAt: number
  answeredAt: number
  status?: number | undefined
  answer?: string | undefined
}

/** A push that reached a stand-in. */
export interface SeenPush {
  provider: ProviderName
  at: number
  token: string
  sessionId: string
  /** Whether it asks the phone to ring. */
  rings: boolean
  /** `apns-push-type`; undefined for FCM. */
  pushType?: string | undefined
  apnsId?: string | undefined
  uuid?: string | undefined
  callUuid?: string | undefined
  /** Until when the provider may deliver it, as far as the push says: `apns-expiration`, or its arrival and its ttl. */
  expiresAt?: number | undefined
  status: number | null
  reason: string | null
  accepted: boolean
  fault: FaultName | null
}

export type Subject = ProviderName | 'redis' | 'machine' | `worker-${number}` | `ingress-${number}`

/** Trouble, from when it began until it was put right. */
export interface Trouble {
  subject: Subject
  kind: string
  from: number
  to: number
}

/** A provider was made to call a token dead; `since`: from when, where it says so. */
export interface DeathNotice {
  token: string
  at: number
  since?: number | undefined
}

/** Where a token belongs. */
export interface KnownPhone {
  name: string
  token: string
  provider: ProviderName
}

export interface History {
  startedAt: number
  /** When the registry and the records were read, all else being over. */
  endedAt: number
  /** How many workers there are when all is well. */
  workers: number
  /** How long a ring is worth anything, ms. */
  ringMs: number
  phones: KnownPhone[]
  webhooks: SentWebhook[]
  registrations: SentRegistration[]
  pushes: SeenPush[]
  troubles: Trouble[]
  notices: DeathNotice[]
  /** Every ring that is on record at the end. */
  records: RingRecord[]
  /** Whose each token is at the end; the others are not registered. */
  owners: ReadonlyMap<string, string>
  /** Processes that ended without being told to, in words. */
  crashes: string[]
}
