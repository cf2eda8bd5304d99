import { errorBody } from '../http/error-body.ts'
import type { WebhookCredentials } from './verify-webhook.ts'

/** A CometChat app whose webhooks are taken. */
export interface WebhookApp {
  appId: string
  /** Whether the id is CometChat's, and every webhook must be of it; otherwise it only stands for the one app there is. */
  isNamed: boolean
  credentials: WebhookCredentials
  /** How long a ring is worth anything. */
  ringMs: number
  /** Whether the meetings that the UI Kits announce ring. */
  ringMeetings: boolean
}

/**
 * Finds the app that a webhook is of, among those whose credentials it has: one app's credentials never speak for another.
 *
 * @param appId what the webhook says; the recipes' dialects say nothing
 */
export function chooseApp(proven: readonly WebhookApp[], appId: string | undefined) {
  if (appId !== undefined) {
    const meant = proven.find(app => !app.isNamed || app.appId === appId)
    return meant ? { ok: true as const, app: meant } : { ok: false as const, body: wrongApp }
  }
  const [only, ...others] = proven
  return only && others.length === 0
    ? { ok: true as const, app: only }
    : { ok: false as const, body: whichApp }
}

const wrongApp = errorBody(
  'wrong_app',
  'appId is not the app that these credentials are configured for (COMETCHAT_APP_ID, or its entry in RINGER_APPS)',
)
const whichApp = errorBody(
  'which_app',
  'appId: is required, because several apps are configured with these credentials',
)
