import { X509Certificate } from 'node:crypto'
import type { ApnsReason } from './rejections.ts'

/** What a client showed when it connected: the topic that its certificate is for, or null where it is good for none. */
export interface ClientCertificate {
  topic: string | null
}

const VOIP_SERVICES = /^CN=VoIP Services: (\S+)$/m

/**
 * Judges the certificate of a client, as Apple does when it connects: it must be signed by the CA, be in its time, and be
 * an app's VoIP Services certificate, whose subject has `CN=VoIP Services: <bundle id>` and `UID=<bundle id>.voip`.
 *
 * @param now in ms
 * @returns undefined where the client showed none
 */
export function judgeCertificate(
  shown: X509Certificate | undefined,
  ca: string,
  now: number,
): ClientCertificate | undefined {
  if (!shown) return undefined
  const signed = shown.verify(new X509Certificate(ca).publicKey)
  const inItsTime = shown.validFromDate.getTime() <= now && now < shown.validToDate.getTime()
  const [, bundleId] = VOIP_SERVICES.exec(shown.subject) ?? []
  return { topic: signed && inItsTime && bundleId !== undefined ? `${bundleId}.voip` : null }
}

/**
 * The reason why Apple would refuse a push over a connection that was opened with this certificate.
 *
 * With one that expired, or that Apple did not sign, Apple ends the TLS handshake by an alert (certificate expired,
 * unknown CA: https://github.com/jchambers/pushy/issues/609, https://github.com/reown-com/push-server/pull/343). Node cannot
 * send that, so this says what Apple's table has for it, and what comes to the same: that the certificate is bad.
 * https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
 */
export function checkCertificate(
  { topic }: ClientCertificate,
  wanted: string | undefined,
): ApnsReason | null {
  if (topic === null) return 'BadCertificate'
  // Which topic is missing is said with the other headers.
  return wanted === undefined || wanted === '' || wanted === topic ? null : 'TopicDisallowed'
}
