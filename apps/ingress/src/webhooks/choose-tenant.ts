import type { PushContent } from '@ringer/payloads'
import { type ErrorBody, errorBody } from '../http/error-answers.ts'
import type { WebhookCredentials } from './verify-webhook.ts'

/** A tenant as the webhook routes see it. */
export interface WebhookTenant {
  appId: string
  /**
   * If true, `appId` is CometChat's app id, and webhooks that name another app are refused. If false, it is a
   * placeholder for the only tenant, which accepts webhooks with any app id.
   */
  isNamed: boolean
  credentials: WebhookCredentials
  /** How long phones may be rung after the call began, ms. */
  ringMs: number
  /** Whether meetings that the UI Kits announce ring. */
  ringMeetings: boolean
  /** `ids`: names, pictures and texts are dropped before anything is stored. Default: `full`. */
  pushContent?: PushContent
}

export type ChosenTenant = { ok: true; tenant: WebhookTenant } | { ok: false; body: ErrorBody }

/**
 * Chooses the tenant that a webhook is for, only from those whose credentials it satisfies: one tenant's credentials
 * never work for another.
 *
 * @param appId the app that the webhook names; the dialects of CometChat's recipes do not name it
 */
export function chooseTenant(verified: readonly WebhookTenant[], appId: string | undefined): ChosenTenant {
  if (appId !== undefined) {
    const named = verified.find(tenant => !tenant.isNamed || tenant.appId === appId)
    return named ? { ok: true, tenant: named } : { ok: false, body: wrongAppBody }
  }
  const [only, ...others] = verified
  return only && others.length === 0 ? { ok: true, tenant: only } : { ok: false, body: whichApp }
}

export const wrongAppBody = errorBody(
  'wrong_app',
  'appId: is not the app that these credentials are configured for (COMETCHAT_APP_ID, or its entry in RINGER_APPS)',
)
const whichApp = errorBody(
  'which_app',
  'appId: is required, because several apps are configured with these credentials',
)
