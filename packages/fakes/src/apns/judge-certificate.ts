import { X509Certificate } from 'node:crypto'
import type { ApnsReason } from './rejections.ts'

/** A certificate that a client connected with. */
export interface ClientCertificate {
  /** The topic that it is valid for; null if it is valid for none. */
  topic: string | null
}

const VOIP_SERVICES = /^CN=VoIP Services: (\S+)$/m

/**
 * Checks a client's certificate as Apple does when the client connects: the CA must have signed it, it must not have
 * expired, and it must be an app's VoIP Services certificate, whose subject has `CN=VoIP Services: <bundle id>` and
 * `UID=<bundle id>.voip`.
 *
 * @param now epoch ms
 * @returns undefined if the client sent no certificate
 */
export function judgeCertificate(
  certificate: X509Certificate | undefined,
  ca: string,
  now: number,
): ClientCertificate | undefined {
  if (!certificate) return undefined
  const { validFromDate, validToDate, subject } = certificate
  const isSigned = certificate.verify(new X509Certificate(ca).publicKey)
  const isInTime = validFromDate.getTime() <= now && now < validToDate.getTime()
  const [, bundleId] = VOIP_SERVICES.exec(subject) ?? []
  return { topic: isSigned && isInTime && bundleId !== undefined ? `${bundleId}.voip` : null }
}

/**
 * The reason why Apple would refuse a push on a connection that was opened with this certificate, or null.
 *
 * If the certificate has expired, or Apple did not sign it, Apple ends the TLS handshake with an alert (certificate
 * expired, unknown CA: https://github.com/jchambers/pushy/issues/609,
 * https://github.com/reown-com/push-server/pull/343). Node cannot send these alerts. This uses the reason that Apple's
 * table has for a bad certificate, which has the same effect: no push is accepted.
 * https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
 */
export function judgeTopic({ topic }: ClientCertificate, wanted: string | undefined): ApnsReason | null {
  if (topic === null) return 'BadCertificate'
  // A missing topic is reported by the check of the headers.
  return wanted === undefined || wanted === '' || wanted === topic ? null : 'TopicDisallowed'
}
