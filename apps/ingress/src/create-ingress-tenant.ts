import type { webpushAppSettings } from '@ringer/providers'
import {
  type BuiltBy,
  type cometchatGroup,
  createCometChatApi,
  type OutageLog,
  type registrationGroup,
  type ShareCalls,
  type webhookGroup,
} from '@ringer/service'
import type { MovePolicy } from '@ringer/store'
import type { RegistrationAuth } from './registration/authenticate.ts'
import type { WebhookTenant } from './webhooks/choose-tenant.ts'

/** One CometChat app that the ingress serves. */
export interface IngressTenant extends WebhookTenant {
  registrationAuth: RegistrationAuth
  /** Whether a token that belongs to another user may be registered. Default: `allowed`. */
  registrationMove?: MovePolicy | undefined
  /** The key with which browsers subscribe. Default: none, so browsers are not rung. */
  vapidPublicKey?: string | undefined
}

/** The part of a tenant's settings that the ingress uses. */
export interface IngressTenantConfig {
  cometchat: BuiltBy<typeof cometchatGroup>
  webhook: BuiltBy<typeof webhookGroup>
  registration: BuiltBy<typeof registrationGroup>
  webpush: BuiltBy<typeof webpushAppSettings>
}

/**
 * Creates a tenant from its settings.
 *
 * @param share counts the requests to CometChat of all processes together
 * @param outage learns whether CometChat answers
 */
export function createIngressTenant(
  appId: string,
  { cometchat, webhook, registration, webpush }: IngressTenantConfig,
  share: ShareCalls,
  outage?: OutageLog,
): IngressTenant {
  return {
    appId,
    isNamed: cometchat.appId !== undefined,
    ...webhook,
    registrationAuth:
      registration.kind === 'cometchat' ? askCometChat(cometchat, share, outage) : registration,
    registrationMove: registration.move,
    vapidPublicKey: webpush.publicKey,
  }
}

/** REGISTRATION_AUTH=cometchat without an API key never gets here: loading the settings refuses it. */
function askCometChat(
  { api }: IngressTenantConfig['cometchat'],
  share: ShareCalls,
  outage?: OutageLog,
): RegistrationAuth {
  if (!api) return { kind: 'closed' }
  return { kind: 'cometchat', check: createCometChatApi(api, Date.now, share, outage).checkAuthToken }
}
