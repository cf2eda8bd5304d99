import { type Env, text } from '@ringer/service'
import { type Faulty, faulty, readCertificateFile, readCertificateKey } from './certificate-files.ts'

export const certificateFields = {
  APNS_CERT_PATH: text.meta({
    description: 'a VoIP certificate, `.p12` or PEM, instead of the key and its two ids',
  }),
  APNS_CERT_KEY_PATH: text.meta({ description: 'its key, only if it is in another file' }),
  APNS_CERT_PASSPHRASE: text.meta({ description: 'only if the `.p12` or the key is encrypted' }),
}

/** The certificate with which connections to Apple are opened. Its pushes need no provider token. */
export interface ApnsCertificate {
  kind: 'certificate'
  /** PEM, followed by the certificates of its chain. */
  cert: string
  /** PEM. */
  key: string
  passphrase?: string | undefined
  /** Epoch ms. */
  expiresAt: number
}

/** Returns the faults of the certificate's variables, by name. An expired certificate is not a fault. */
export function checkCertificate(env: Env): Record<string, string> {
  const read = readCertificate(env)
  return 'faults' in read ? read.faults : {}
}

/** Returns the certificate, or undefined if none is set. */
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
  // The first certificate of a file is not always the app's own: the certificates of its chain may come first.
  const own = file.certificates.find(certificate => certificate.checkPrivateKey(key.opened))
  if (!own)
    return faulty(
      key.from,
      "contains another certificate's key: it must be the key with which this certificate was requested",
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
