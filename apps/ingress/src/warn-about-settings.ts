import type { Logger } from '@ringer/service'
import type { IngressTenant } from './create-ingress-tenant.ts'

/** Warns at the start about settings whose effect may surprise the operator later. */
export function warnAboutSettings(
  { appId, registrationAuth, credentials }: IngressTenant,
  log: Logger,
): void {
  if (registrationAuth.kind === 'none') {
    log.warn(
      { app: appId },
      'REGISTRATION_AUTH=none: everybody on this machine, and behind any proxy on it, can register a phone for any user',
    )
  }
  if (registrationAuth.kind === 'jwt' && 'jwksUrl' in registrationAuth && !registrationAuth.audience) {
    log.warn(
      { app: appId },
      'REGISTRATION_JWT_AUDIENCE is not set: every JWT that the key set signs is accepted, even one made for another app',
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
      'COMETCHAT_WEBHOOK_USERNAME is not set: the custom push provider, which only supports Basic, is answered 401',
    )
  }
}
