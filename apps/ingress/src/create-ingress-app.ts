import {
  type BuiltBy,
  type cometchatAppGroup,
  createCometChatApi,
  type Logger,
  type registrationGroup,
  type webhookGroup,
} from '@ringer/service'
import type { IngressApp } from './app.ts'
import type { RegistrationAuth } from './registration/authenticate.ts'

/** What the ingress is told of one app. */
export interface IngressAppConfig {
  app: BuiltBy<typeof cometchatAppGroup>
  webhook: BuiltBy<typeof webhookGroup>
  registration: BuiltBy<typeof registrationGroup>
}

/** Creates what takes one app's webhooks and registrations. */
export function createIngressApp(
  appId: string,
  { app, webhook, registration }: IngressAppConfig,
): IngressApp {
  return {
    appId,
    isNamed: app.appId !== undefined,
    ...webhook,
    registrationAuth: registration.kind === 'cometchat' ? askCometChat(app) : registration,
  }
}

/** The settings are refused before where CometChat is to be asked and its API is not known. */
function askCometChat({ api }: IngressAppConfig['app']): RegistrationAuth {
  return api ? { kind: 'cometchat', check: createCometChatApi(api).checkAuthToken } : { kind: 'closed' }
}

/** Says at the start what somebody will wonder about later. */
export function warnOf({ appId, registrationAuth, credentials }: IngressApp, log: Logger): void {
  if (registrationAuth.kind === 'none') {
    log.warn(
      { app: appId },
      'REGISTRATION_AUTH=none: anybody who can reach this server can make any user ring on their own phone',
    )
  }
  if (registrationAuth.kind === 'jwt' && 'jwksUrl' in registrationAuth && !registrationAuth.audience) {
    log.warn(
      { app: appId },
      'no REGISTRATION_JWT_AUDIENCE: every JWT that the key set signs is taken, whichever app it was made for',
    )
  }
  if (registrationAuth.kind === 'closed') {
    log.warn(
      { app: appId },
      'REGISTRATION_AUTH is not set, so no phone can be registered; set it to key, jwt or cometchat',
    )
  }
  if (credentials.logins.length === 0) {
    log.warn(
      { app: appId },
      'no COMETCHAT_WEBHOOK_USERNAME: the custom push provider, which knows Basic only, is answered 401',
    )
  }
}
