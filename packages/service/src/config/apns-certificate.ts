import { type Faulty, faulty, readCertificateFile, readCertificateKey } from './apns-certificate-files.ts'
import { text } from './fields.ts'
import type { Env } from './load-config.ts'

export const certificateFields = {
  APNS_CERT_PATH: text,
  APNS_CERT_KEY_PATH: text,
  APNS_CERT_PASSPHRASE: text,
}

/** What connections to Apple are opened with, where no token goes with each push. */
export interface ApnsCertificate {
  kind: 'certificate'
  /** PEM; certificates that vouch for it follow. */
  cert: string
  /** PEM. */
  key: string
  passphrase?: string | undefined
  /** Epoch ms. */
  expiresAt: number
}

/** What is wrong with the certificate and what belongs to it, by the name of the variable. That it expired is no fault. */
export function checkCertificate(env: Env): Record<string, string> {
  const read = readCertificate(env)
  return 'faults' in read ? read.faults : {}
}

/** The certificate, or undefined where none is given. */
export function buildCertificate(env: Env): ApnsCertificate | undefined {
  if (!env.APNS_CERT_PATH) return undefined
  const read = readCertificate(env)
  return 'faults' in read ? undefined : read
}

function readCertificate(env: Env): ApnsCertificate | Faulty {
  const file = readCertificateFile(env)
  const key = readCertificateKey(env, 'faults' in file ? undefined : file.text)
  if ('faults' in file) return { faults: { ...('faults' in key && key.faults), ...file.faults } }
  if ('faults' in key) return key
  // The first certificate of a file is not always the app's own: those that vouch for it may stand before it.
  const own = file.certificates.find(certificate => certificate.checkPrivateKey(key.opened))
  if (!own)
    return faulty(
      key.from,
      "holds another certificate's key: it must be the one that this was requested with",
    )
  const others = file.certificates.filter(certificate => certificate !== own)
  return {
    kind: 'certificate',
    cert: [own, ...others].join(''),
    key: key.pem,
    passphrase: key.passphrase,
    expiresAt: own.validToDate.getTime(),
  }
}
