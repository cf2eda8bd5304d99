import type { FaultName } from '@ringer/fakes'
import type { PhoneState, ReceiptEvent } from '@ringer/payloads'
import type { RingRecord } from '@ringer/store'
import type { Dialect, ProviderName, RegistrationAuthKind } from './plan/plan.ts'

// What happened in a campaign, as data: the checker's only input. Instants are epoch ms, all from one clock.

/** A webhook and its answer. Without a `status`, no answer came. */
export interface SentWebhook {
  kind: 'ring' | 'end' | 'answer'
  sessionId: string
  caller: string
  /** The group, if one is called. */
  group?: string | undefined
  /** The user whose ring it concerns. An end without a recipient concerns all rings of the session. */
  recipient?: string | undefined
  action?: string | undefined
  dialect: Dialect
  ingress: number
  /** The event's own time as the webhook gives it; absent in dialects without times. */
  eventAt?: number | undefined
  sentAt: number
  /** When the answer came, or when the wait for it ended. */
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

/** A phone asked for the state of a ring, at the URL in its push. Without a `status`, no answer came. */
export interface AskedState {
  token: string
  sessionId: string
  sentAt: number
  answeredAt: number
  status?: number | undefined
  state?: PhoneState | undefined
}

/** A phone reported what it did with a ring. Without a `status`, no answer came. */
export interface SentReceipt {
  token: string
  sessionId: string
  event: ReceiptEvent
  sentAt: number
  answeredAt: number
  status?: number | undefined
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
  /** Until when the provider may deliver it: `apns-expiration`, or the arrival plus the ttl. Absent without a limit. */
  expiresAt?: number | undefined
  /** The number of the worker that sent it; absent if its connection could not be told. */
  worker?: number | undefined
  /** The id of the connection on which it came. */
  connection?: string | undefined
  /** When it was answered; absent if it never was. */
  answeredAt?: number | undefined
  status: number | null
  reason: string | null
  accepted: boolean
  fault: FaultName | null
}

export type Subject =
  | ProviderName
  | 'redis'
  | 'cometchat'
  /** Many requests of strangers that need a look-up at CometChat. */
  | 'strangers'
  | 'machine'
  | `worker-${number}`
  | `ingress-${number}`
  /** The network between one worker and one provider. */
  | `link-${number}-${ProviderName}`

/** A fault of a part of the stage, from its beginning until it was repaired. */
export interface Trouble {
  subject: Subject
  kind: string
  from: number
  to: number
  /** The ids of the connections that it concerns, if not all of its subject. */
  connections?: readonly string[] | undefined
  /** By how much it delays each answer, or each command, at most, ms. */
  delayMs?: number | undefined
}

/** The plan made a provider report a token dead; `since` is the time that the provider gives, if it gives one. */
export interface DeathNotice {
  token: string
  at: number
  since?: number | undefined
}

/** A phone, its token, and the provider that serves it. */
export interface KnownPhone {
  name: string
  token: string
  provider: ProviderName
  /** A provider that has to refuse the token before its own is tried. */
  triedFirst?: ProviderName
}

export interface History {
  startedAt: number
  /** When the registry and the records were read, after everything else. */
  endedAt: number
  /** How many workers run when nothing is wrong. */
  workers: number
  registrationAuth: RegistrationAuthKind
  /** How long a call rings, ms. */
  ringMs: number
  phones: KnownPhone[]
  /** Tokens that Apple refuses. */
  madeUp: ReadonlySet<string>
  /** Callers who flood. Their own calls may stay silent. */
  flooders: readonly string[]
  webhooks: SentWebhook[]
  registrations: SentRegistration[]
  /** The answers to strangers. */
  noise: Pick<SentRegistration, 'status' | 'answer'>[]
  pushes: SeenPush[]
  asks: AskedState[]
  receipts: SentReceipt[]
  troubles: Trouble[]
  /** When the worker closed a connection to a provider, or it was cut, by the connection's id. */
  connectionEnds: ReadonlyMap<string, number>
  /** By how much the clock of a process was wrong, ms, by its name. */
  clocks: Readonly<Record<string, number>>
  notices: DeathNotice[]
  /** The records of all rings at the end. */
  records: RingRecord[]
  /** Why calls to groups rang nobody, by session: a budget, or their members were not listed in time. */
  groupNotes: ReadonlyMap<string, string>
  /** The owner of each registered token at the end. */
  owners: ReadonlyMap<string, string>
  /** Processes that ended unexpectedly, in words. */
  crashes: string[]
}
