import type { PushSender } from '@ringer/providers/senders'
import type { CometChatApi, LoginChecker } from '@ringer/service'
import type { Budgets } from '@ringer/store'
import type { DeletionGuard } from './attempts/create-deletion-guard.ts'
import type { ReceiverSettings } from './events/create-receiver.ts'

/** What a worker needs to serve one tenant, that is, one CometChat app. */
export interface WorkerTenant {
  /** By the provider's name. A provider that is not configured has no sender. */
  senders: ReadonlyMap<string, PushSender>
  /** Undefined if no key for CometChat's REST API is configured. */
  listMembers?: CometChatApi['listMembers'] | undefined
  /** Finds phones whose login CometChat has ended (RINGER_CHECK_LOGINS). Undefined: they ring on. */
  logins?: (LoginChecker & { guard: DeletionGuard }) | undefined
  /** Whether to stop the recipient's other phones when a call was answered (RINGER_STOP_OTHER_DEVICES). */
  stopOtherDevices: boolean
  /** Whether to notify the recipient of a call that nobody answered (RINGER_MISSED_CALL), and the key of the app's text. */
  missedCall?: { localisationKey?: string | undefined } | undefined
  /** Whether a phone that does not show a call gets an alert (RINGER_FALLBACK_ALERT). Default: false */
  fallbackAlert?: boolean | undefined
  /** How long an alert push is worth sending, ms. */
  alertMs: number
  /** How many calls a minute ring (RINGER_BUDGETS). Undefined: all of them. */
  budgets?: Budgets | undefined
  /** Where the app's backend gets events (RINGER_EVENTS_URL). Undefined: it gets none. */
  events?: ReceiverSettings | undefined
}

/** The tenant of jobs whose app this worker has no settings for. It sends nothing, and the records say why. */
export const nullTenant: WorkerTenant = { senders: new Map(), stopOtherDevices: false, alertMs: 0 }

/**
 * Returns the tenant's sender for a provider, or else one that rejects every push. A push that was queued anyway is then
 * recorded with the reason.
 */
export function senderFor(tenant: WorkerTenant, provider: string): PushSender {
  const reason = `this worker has no ${provider} settings for the app`
  const rejecting: PushSender = {
    send: async () => ({ kind: 'rejected', reason }),
    hasRoom: () => true,
    isReachable: () => true,
    close: async () => {},
  }
  return tenant.senders.get(provider) ?? rejecting
}
