import type { ApnsFault } from '@ringer/fakes'
import type { CometChatFault } from '@ringer/fakes/cometchat'

/** The stand-ins: Apple's two environments, and Google. */
export const providerNames = ['apns', 'apns-sandbox', 'fcm'] as const
export type ProviderName = (typeof providerNames)[number]

export const INGRESSES = 2
export const WORKERS = 3

/** How the ingresses know whose phone is registered (REGISTRATION_AUTH). */
export type RegistrationAuthKind = 'key' | 'cometchat'

/** A phone with the one push token that its app registers. */
export interface Phone {
  name: string
  platform: 'ios' | 'android'
  token: string
  /** The environment in which the token is valid; iOS only. */
  environment?: 'production' | 'sandbox'
  /** Whether the app sends the environment when it registers. */
  sendsEnvironment: boolean
  /** The user at the start. */
  uid: string
}

/** The dialects of CometChat's webhooks. `conversation` is `signalled` with a conversation id and no session. */
export type Dialect = 'signalled' | 'initiator' | 'received' | 'provider' | 'media' | 'conversation'

/** One webhook. Offsets are ms from the campaign's start. */
export interface WebhookStep {
  do: 'webhook'
  at: number
  ingress: number
  dialect: Dialect
  sessionId: string
  caller: string
  /** The guid, if a group is called. */
  group?: string
  /** When it happened by CometChat's clock: the same in every delivery of the event. */
  eventAt: number
  event:
    | { kind: 'ring'; recipient: string }
    /** A call to a group in a dialect that does not name its members: a worker asks CometChat for them. */
    | { kind: 'group'; members: readonly string[] }
    /** Without a recipient it ends the whole session. `callee` is the user who acted or was called. */
    | {
        kind: 'end'
        action: 'cancelled' | 'rejected' | 'unanswered' | 'busy' | 'ended'
        callee: string
        recipient?: string
      }
    | { kind: 'answer'; uid: string }
}

export type PhoneStep =
  | { do: 'register' | 'unregister'; at: number; phone: number; uid: string; ingress: number }
  /** The app is deleted: for the provider, its token is dead. */
  | { do: 'delete-app'; at: number; phone: number }
  /** The app is installed again and registers the same token. */
  | { do: 'install-app'; at: number; phone: number; uid: string; ingress: number }

/** What Redis answers: to writes, or to all commands (MASTERDOWN). */
export const redisErrors = ['NOREPLICAS', 'OOM', 'READONLY', 'MASTERDOWN'] as const
export type RedisError = (typeof redisErrors)[number]

export type LinkFault = 'freeze-link' | 'refuse-link'

/** `forMs`: how long until the fault is repaired. */
export type FaultStep =
  | { do: 'kill-worker' | 'freeze-worker'; at: number; worker: number; forMs: number }
  | { do: 'terminate-worker'; at: number; worker: number; forMs: number }
  | { do: 'kill-ingress' | 'terminate-ingress'; at: number; ingress: number; forMs: number }
  | { do: 'kill-redis' | 'pause-redis'; at: number; forMs: number }
  /** Redis answers commands with this error. */
  | { do: 'refuse-commands'; at: number; error: RedisError; forMs: number }
  /** Everything between Redis and Ringer's processes takes this long, there and back. */
  | { do: 'slow-redis'; at: number; roundTripMs: number; forMs: number }
  | { do: 'freeze-provider'; at: number; provider: ProviderName; newConnections: boolean; forMs: number }
  | { do: 'refuse-connections'; at: number; provider: ProviderName; drop: boolean; forMs: number }
  | { do: 'drop-connections'; at: number; provider: ProviderName }
  /** Freezes every second one of the open connections. New ones work. */
  | { do: 'freeze-pool'; at: number; provider: ProviderName; half: 'odd' | 'even'; forMs: number }
  /** One worker cannot reach the provider: its packets disappear, or its connections are cut and refused. */
  | { do: LinkFault; at: number; worker: number; provider: ProviderName; forMs: number }
  /** Accepts every push at once and answers it after one of these delays, in turn. */
  | { do: 'slow-provider'; at: number; provider: ProviderName; delaysMs: number[]; forMs: number }
  /**
   * Answers no push on the connections that are open now, but answers PINGs. `accepts`: whether it delivers those pushes.
   * New connections work.
   */
  | { do: 'silence-streams'; at: number; provider: ProviderName; accepts: boolean; forMs: number }
  | { do: 'limit-streams'; at: number; provider: 'apns' | 'apns-sandbox'; forMs: number }
  | { do: 'revoke-access-tokens'; at: number; refusals: number }
  /** CometChat's API does this instead of answering. */
  | { do: 'trouble-cometchat'; at: number; fault: CometChatFault; forMs: number }
  | { do: 'order'; at: number; provider: ProviderName; fault: ApnsFault; times: number; phone?: number }
  /** Answers 410 or UNREGISTERED for a working phone. `stale` gives a time before its registration; APNs only. */
  | { do: 'report-dead'; at: number; phone: number; stale: boolean }

/** Requests without a right credential, on many connections at once, from as many addresses as there are for strangers. */
export interface NoiseStep {
  do: 'make-noise'
  at: number
  ingress: number
  connections: number
  addresses: number
  forMs: number
}

export type PlanStep = WebhookStep | PhoneStep | FaultStep | NoiseStep

/** Everything that a campaign does, in order. The same seed gives the same plan. */
export interface Plan {
  seed: number
  /** How long it runs before everything is repaired and the open calls end. */
  seconds: number
  registrationAuth: RegistrationAuthKind
  phones: Phone[]
  /** Tokens that somebody made up: Apple refuses them. */
  madeUp: Phone[]
  /** Processes whose clock is wrong, and by how much, ms. Positive: it is fast. */
  clocks: Record<string, number>
  steps: PlanStep[]
}
