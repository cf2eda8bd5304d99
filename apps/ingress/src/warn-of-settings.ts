import type { Logger } from '@ringer/service'
import type { IngressApp } from './app.ts'

/** Says at the start what somebody will wonder about later. */
export function warnOfSettings({ appId, registrationAuth, credentials }: IngressApp, log: Logger): void {
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
