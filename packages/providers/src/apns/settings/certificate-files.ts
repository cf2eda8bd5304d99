import type { KeyObject, X509Certificate } from 'node:crypto'
import { type Env, readBytes } from '@ringer/service'
import {
  certificatesIn,
  isEncrypted,
  isPkcs12,
  openPrivateKey,
  parseCertificate,
  privateKeyIn,
} from './pem.ts'
import { readPkcs12 } from './read-pkcs12.ts'

/** The faults, by the name of the variable to correct. */
export interface Faulty {
  faults: Record<string, string>
}

export interface CertificateFile {
  /** At least one. */
  certificates: X509Certificate[]
  /** The whole text of the file, which may also contain the key. */
  text: string
}

export interface CertificateKey {
  /** The variable whose file contains the key. */
  from: 'APNS_CERT_PATH' | 'APNS_CERT_KEY_PATH'
  pem: string
  opened: KeyObject
  /** Undefined if the key is not encrypted. */
  passphrase: string | undefined
}

/** How to convert another kind of file to PEM. The file names are examples: no fault repeats a path. */
const PKCS12_FOR_KEY =
  'is a .p12 file, which contains the certificate as well: set APNS_CERT_PATH to it, and remove this'
const UNREADABLE_PKCS12 =
  'is a .p12 file that cannot be read; convert it to PEM: openssl pkcs12 -in voip.p12 -clcerts -nodes -out voip.pem (add -legacy if openssl says "unsupported")'
const DER = 'is a certificate in DER; convert it to PEM: openssl x509 -inform der -in voip.cer -out voip.pem'
const NO_CERTIFICATE =
  'is not a certificate in PEM: it must run from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----'
const NO_KEY =
  'is not a private key in PEM: it must run from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----'

export const faulty = (name: string, fault: string): Faulty => ({ faults: { [name]: fault } })

/** Reads the file that APNS_CERT_PATH names. */
export function readCertificateFile(env: Env): CertificateFile | Faulty {
  const file = readBytes(env.APNS_CERT_PATH ?? '')
  if (!file.ok) return faulty('APNS_CERT_PATH', file.fault)
  const text = file.bytes.toString('utf8')
  const certificates = certificatesIn(text)
  if (certificates.length > 0) return { certificates, text }
  if (isPkcs12(file.bytes)) return openPkcs12(file.bytes, env.APNS_CERT_PASSPHRASE)
  return faulty('APNS_CERT_PATH', parseCertificate(file.bytes) ? DER : NO_CERTIFICATE)
}

/** Reads a .p12 as the file in PEM that openssl would make of it. Its passphrase has done its work then. */
function openPkcs12(bytes: Buffer, passphrase: string | undefined): CertificateFile | Faulty {
  const read = readPkcs12(bytes, passphrase)
  if (read === 'wrong passphrase')
    return faulty(
      'APNS_CERT_PASSPHRASE',
      passphrase === undefined
        ? 'is required: the .p12 file is encrypted'
        : 'does not decrypt the .p12 file: it must be the passphrase with which the file was exported',
    )
  const certificates = read === 'unreadable' ? [] : certificatesIn(read.pem)
  if (read === 'unreadable' || certificates.length === 0) return faulty('APNS_CERT_PATH', UNREADABLE_PKCS12)
  return { certificates, text: read.pem }
}

/**
 * Reads the key from the file that APNS_CERT_KEY_PATH names, or else from the certificate's file.
 *
 * @param certificateFile the text of the certificate's file, or undefined if that file has a fault already. Then a missing
 *   key is not a second fault
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
    return faulty(
      'APNS_CERT_KEY_PATH',
      'is required: the file that APNS_CERT_PATH names contains no private key',
    )
  return faulty(from, isPkcs12(file.bytes) ? PKCS12_FOR_KEY : NO_KEY)
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
        "does not decrypt the certificate's key: it must be the passphrase with which the key was encrypted",
      )
    : faulty(
        from,
        'contains a damaged private key; the key must be complete, from its first line to its last',
      )
}
