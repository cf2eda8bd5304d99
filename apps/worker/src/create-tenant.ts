import type { SendingProvider } from '@ringer/providers/senders'
import {
  type BuiltBy,
  type budgetsGroup,
  type callPolicyGroup,
  type cometchatGroup,
  createCometChatApi,
  type ShareCalls,
} from '@ringer/service'
import type { Tenant } from './tenant.ts'

/** The configuration of one tenant. */
export interface TenantConfig {
  cometchat: BuiltBy<typeof cometchatGroup>
  policy: BuiltBy<typeof callPolicyGroup>
  /** Undefined: no budgets. */
  budgets?: BuiltBy<typeof budgetsGroup>
  /** Each provider's settings by its name; undefined if it is not configured. */
  providers: ReadonlyMap<string, unknown>
}

/**
 * Creates the parts that serve one tenant: its senders, and its access to CometChat.
 *
 * @param share counts the requests to CometChat of all processes together
 */
export function createTenant(
  { cometchat, policy, budgets, providers }: TenantConfig,
  known: readonly SendingProvider[],
  clock: () => number = Date.now,
  share?: ShareCalls,
): Tenant {
  const { legacyPayload, ...rest } = policy
  const configured = known.filter(({ name }) => providers.get(name) !== undefined)
  return {
    senders: new Map(
      configured.map(({ name, createSender }) => [
        name,
        createSender(providers.get(name), { legacyPayload, clock }),
      ]),
    ),
    listMembers: cometchat.api && createCometChatApi(cometchat.api, clock, share).listMembers,
    ...rest,
    budgets,
  }
}
