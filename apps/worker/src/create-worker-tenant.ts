import type { SenderContext, SenderReports, SendingProvider } from '@ringer/providers/senders'
import {
  type BuiltBy,
  type budgetsGroup,
  type callPolicyGroup,
  type cometchatGroup,
  createCometChatApi,
  type eventsGroup,
  type OutageLog,
  type ShareCalls,
} from '@ringer/service'
import { createDeletionGuard } from './attempts/create-deletion-guard.ts'
import type { WorkerTenant } from './worker-tenant.ts'

/** The configuration of one tenant. */
export interface WorkerTenantConfig {
  cometchat: BuiltBy<typeof cometchatGroup>
  policy: BuiltBy<typeof callPolicyGroup>
  /** Undefined: no budgets. */
  budgets?: BuiltBy<typeof budgetsGroup>
  /** Undefined: the app's backend gets no events. */
  events?: BuiltBy<typeof eventsGroup>
  /** Each provider's settings by its name; undefined if it is not configured. */
  providers: ReadonlyMap<string, unknown>
}

/** What the parts of a tenant share with others, and where they report. Default: nothing, and nowhere. */
export interface TenantSurroundings {
  /** The HTTP proxy on the way to the providers. */
  proxyUrl?: string | undefined
  /** Makes the state URLs of pushes. */
  stateUrlOf?: SenderContext['stateUrlOf']
  /** Counts the requests to CometChat of all processes together. */
  share?: ShareCalls
  /** For the sender of a provider. */
  reportsOf?: (provider: string) => SenderReports
  cometchatOutage?: OutageLog
}

/** Creates the parts that serve one tenant: its senders, and its access to CometChat. */
export function createWorkerTenant(
  { cometchat, policy, budgets, events, providers }: WorkerTenantConfig,
  known: readonly SendingProvider[],
  clock: () => number = Date.now,
  { stateUrlOf, proxyUrl, share, reportsOf, cometchatOutage }: TenantSurroundings = {},
): WorkerTenant {
  const { legacyPayload, checkLogins, ...rest } = policy
  const api = cometchat.api && createCometChatApi(cometchat.api, clock, share, cometchatOutage)
  const configured = known.filter(({ name }) => providers.get(name) !== undefined)
  return {
    senders: new Map(
      configured.map(({ name, createSender }) => [
        name,
        createSender(providers.get(name), {
          ...{ legacyPayload, stateUrlOf, proxyUrl, clock },
          reports: reportsOf?.(name),
        }),
      ]),
    ),
    listMembers: api?.listMembers,
    logins: api && checkLogins ? { ...api.logins, guard: createDeletionGuard(clock) } : undefined,
    ...rest,
    budgets,
    events,
  }
}
