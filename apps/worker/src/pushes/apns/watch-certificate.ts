import type { Logger } from '@ringer/service'
import type { WorkerMetrics } from '../../metrics.ts'
import type { ApnsAuth } from './create-apns-sender.ts'

const DAY_MS = 86_400_000
/** Time enough to have a new one made, by whoever may. */
const SOON_MS = 30 * DAY_MS

export interface WatchDeps {
  log: Logger
  metrics: Pick<WorkerMetrics, 'apnsCertificateExpiry'>
  /** Epoch ms. */
  clock?: () => number
}

/**
 * Tells when an app's certificate for Apple expires: now and once a day in the log, more and more urgently, and as a
 * metric. A worker whose certificate expired goes on, for Android phones ring all the same. Holds no process.
 *
 * @param app one of the configured apps' ids: it becomes a label
 * @param auth of a provider token there is nothing to tell
 * @returns ends it
 */
export function watchCertificate(
  app: string,
  auth: ApnsAuth,
  { log, metrics, clock = Date.now }: WatchDeps,
): () => void {
  if (auth.kind !== 'certificate') return () => {}
  const { expiresAt } = auth
  metrics.apnsCertificateExpiry.set({ app }, expiresAt / 1_000)

  function tell() {
    const leftMs = expiresAt - clock()
    const fields = {
      app,
      expiresAt: new Date(expiresAt).toISOString(),
      daysLeft: Math.max(0, Math.floor(leftMs / DAY_MS)),
    }
    if (leftMs <= 0) log.error(fields, `the APNs certificate has expired: no iPhone rings; ${RENEWAL}`)
    else if (leftMs < SOON_MS) log.warn(fields, `the APNs certificate expires soon; ${RENEWAL}`)
    else log.info(fields, 'the APNs certificate is in its time')
  }

  tell()
  const timer = setInterval(tell, DAY_MS).unref()
  return () => clearInterval(timer)
}

const RENEWAL = "have a new one made in Apple's developer account and restart the worker with it"
