import type { CredentialWatch } from '../provider.ts'
import type { ApnsSettings } from './settings/apns-settings.ts'

const DAY_MS = 86_400_000
/** Leaves enough time for the person who is allowed to request a new certificate. */
const SOON_MS = 30 * DAY_MS

/**
 * Reports when a tenant's certificate for Apple expires: now and once a day in the log, more and more urgently, and to
 * `onExpiry`. A worker whose certificate has expired keeps running, because it still rings Android phones. Does not keep
 * the process alive.
 *
 * @param auth a provider token never expires, so there is nothing to report for one
 * @returns a function that ends the watch
 */
export function watchCertificate(
  { auth }: Pick<ApnsSettings, 'auth'>,
  { appId, log, onExpiry, clock = Date.now }: CredentialWatch & { clock?: () => number },
): () => void {
  if (auth.kind !== 'certificate') return () => {}
  const { expiresAt } = auth
  onExpiry(expiresAt)

  function report() {
    const leftMs = expiresAt - clock()
    const fields = {
      app: appId,
      expiresAt: new Date(expiresAt).toISOString(),
      daysLeft: Math.max(0, Math.floor(leftMs / DAY_MS)),
    }
    if (leftMs <= 0) log.error(fields, `the APNs certificate has expired: no iPhone rings; ${RENEWAL}`)
    else if (leftMs < SOON_MS) log.warn(fields, `the APNs certificate expires soon; ${RENEWAL}`)
    else log.info(fields, 'the APNs certificate is valid')
  }

  report()
  const timer = setInterval(report, DAY_MS).unref()
  return () => clearInterval(timer)
}

const RENEWAL = "request a new one in Apple's developer account and restart the worker with it"
