import type { ApnsFault } from '@ringer/fakes'

/** The stand-ins: Apple's two worlds, and Google. */
export const providerNames = ['apns', 'apns-sandbox', 'fcm'] as const
export type ProviderName = (typeof providerNames)[number]

export const INGRESSES = 2
export const WORKERS = 3

/** A phone, and the one push token that its app registers. */
export interface Phone {
  name: string
  platform: 'ios' | 'android'
  token: string
  /** Where the token is valid; iOS only. */
  environment?: 'production' | 'sandbox'
  /** Whether the app says so when it registers. */
  tellsEnvironment: boolean
  /** Whose it is at the start. */
  uid: string
}

/** The dialects in which CometChat tells of a call; `conversation` names no session, only the conversation. */
export type Dialect = 'signalled' | 'initiator' | 'received' | 'provider' | 'media' | 'conversation'

/** One webhook. Offsets are ms from the campaign's start. */
export interface WebhookStep {
  do: 'webhook'
  at: number
  ingress: number
  dialect: Dialect
  sessionId: string
  caller: string
  /** The group that was called, if it was one. */
  group?: string
  /** When it happened, by CometChat's clock: the same whenever the webhook is sent again. */
  eventAt: number
  event:
    | { kind: 'ring'; recipient: string }
    /** Without a recipient it ends the whole session; `callee` is who acted or was called. */
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
  /** The app is deleted: the provider knows its token as dead. */
  | { do: 'delete-app'; at: number; phone: number }
  /** The app is there again, with the same token, and registers it. */
  | { do: 'install-app'; at: number; phone: number; uid: string; ingress: number }

/** `forMs`: how long until it is put right. */
export type FaultStep =
  | { do: 'kill-worker' | 'freeze-worker'; at: number; worker: number; forMs: number }
  | { do: 'terminate-worker'; at: number; worker: number; forMs: number }
  | { do: 'kill-ingress' | 'terminate-ingress'; at: number; ingress: number; forMs: number }
  | { do: 'kill-redis' | 'pause-redis'; at: number; forMs: number }
  | { do: 'freeze-provider'; at: number; provider: ProviderName; newConnections: boolean; forMs: number }
  | { do: 'refuse-connections'; at: number; provider: ProviderName; drop: boolean; forMs: number }
  | { do: 'drop-connections'; at: number; provider: ProviderName }
  | { do: 'limit-streams'; at: number; provider: 'apns' | 'apns-sandbox'; forMs: number }
  | { do: 'revoke-access-tokens'; at: number; refusals: number }
  | { do: 'order'; at: number; provider: ProviderName; fault: ApnsFault; times: number; phone?: number }
  /** 410 or UNREGISTERED for a phone that is well; `stale`: since before it was registered. APNs only, FCM says no time. */
  | { do: 'report-dead'; at: number; phone: number; stale: boolean }

export type Step = WebhookStep | PhoneStep | FaultStep

/** Everything that will be done, in order: the same for the same seed. */
export interface Plan {
  seed: number
  /** How long it goes on, before everything is put right and let to end. */
  seconds: number
  phones: Phone[]
  steps: Step[]
}
