import type { KeyObject, X509Certificate } from 'node:crypto'
import type { Env } from './load-config.ts'
import {
  certificatesIn,
  isEncrypted,
  isPkcs12,
  openPrivateKey,
  parseCertificate,
  privateKeyIn,
} from './pem.ts'
import { readBytes } from './read-file.ts'

/** What is wrong, by the name of the variable to mend. */
export interface Faulty {
  faults: Record<string, string>
}

export interface CertificateFile {
  /** At least one. */
  certificates: X509Certificate[]
  /** All of the file: a key may be in it, too. */
  text: string
}

export interface CertificateKey {
  /** The name of the variable whose file it is from. */
  from: 'APNS_CERT_PATH' | 'APNS_CERT_KEY_PATH'
  pem: string
  opened: KeyObject
  /** Undefined where the key needs none. */
  passphrase: string | undefined
}

/** How to make a PEM of another kind of file. The names in it are examples: no fault repeats a path. */
const PKCS12 =
  'is a .p12; make a PEM of it: openssl pkcs12 -in voip.p12 -clcerts -nodes -out voip.pem (and -legacy, where it says "unsupported")'
const DER = 'is a certificate in DER; make a PEM of it: openssl x509 -inform der -in voip.cer -out voip.pem'
const NO_CERTIFICATE =
  'is not a certificate in PEM: it must run from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----'
const NO_KEY =
  'is not a private key in PEM: it must run from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----'

export const faulty = (name: string, fault: string): Faulty => ({ faults: { [name]: fault } })

/** Reads what APNS_CERT_PATH names. */
export function readCertificateFile(env: Env): CertificateFile | Faulty {
  const file = readBytes(env.APNS_CERT_PATH ?? '')
  if (!file.ok) return faulty('APNS_CERT_PATH', file.fault)
  const text = file.bytes.toString('utf8')
  const certificates = certificatesIn(text)
  if (certificates.length > 0) return { certificates, text }
  if (isPkcs12(file.bytes)) return faulty('APNS_CERT_PATH', PKCS12)
  return faulty('APNS_CERT_PATH', parseCertificate(file.bytes) ? DER : NO_CERTIFICATE)
}

/**
 * Reads the key, from the file that APNS_CERT_KEY_PATH names or else from the certificate's. Where that one could not be
 * read (undefined) there is no fault beside its own.
 */
export function readCertificateKey(env: Env, certificateFile: string | undefined): CertificateKey | Faulty {
  const path = env.APNS_CERT_KEY_PATH
  const from = path ? 'APNS_CERT_KEY_PATH' : 'APNS_CERT_PATH'
  const file = path ? readBytes(path) : undefined
  if (file && !file.ok) return faulty(from, file.fault)
  const text = file ? file.bytes.toString('utf8') : certificateFile
  if (text === undefined) return { faults: {} }
  const pem = privateKeyIn(text)
  if (pem !== undefined) return openKey(pem, from, env.APNS_CERT_PASSPHRASE)
  if (!file)
    return faulty('APNS_CERT_KEY_PATH', 'is required: the file of APNS_CERT_PATH holds no private key')
  return faulty(from, isPkcs12(file.bytes) ? PKCS12 : NO_KEY)
}

function openKey(
  pem: string,
  from: CertificateKey['from'],
  given: string | undefined,
): CertificateKey | Faulty {
  const encrypted = isEncrypted(pem)
  if (encrypted && given === undefined)
    return faulty('APNS_CERT_PASSPHRASE', "is required: the certificate's key is encrypted")
  const passphrase = encrypted ? given : undefined
  const opened = openPrivateKey(pem, passphrase)
  if (opened) return { from, pem, opened, passphrase }
  return encrypted
    ? faulty(
        'APNS_CERT_PASSPHRASE',
        "does not open the certificate's key: it must be what it was encrypted with",
      )
    : faulty(from, 'holds a private key that is damaged; it must be there from its first line to its last')
}
