import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g
const PRIVATE_KEY = /-----BEGIN ((?:[A-Z]+ )?PRIVATE KEY)-----[\s\S]+?-----END \1-----/

/** The certificates in the text of a PEM file, without what openssl writes between them. Damaged ones are left out. */
export const certificatesIn = (pem: string): X509Certificate[] =>
  (pem.match(CERTIFICATE) ?? []).flatMap(block => parseCertificate(block) ?? [])

/** The first private key in the text of a PEM file, as PEM. */
export const privateKeyIn = (pem: string): string | undefined => PRIVATE_KEY.exec(pem)?.[0]

/** A certificate of PEM or DER, or undefined where it is none. */
export function parseCertificate(bytes: string | Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(bytes)
  } catch {
    return undefined
  }
}

/** Whether a private key needs its passphrase: by PKCS #8, or in openssl's older way. */
export const isEncrypted = (pem: string): boolean =>
  /^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(pem)

/** The private key of a PEM, or undefined where it is damaged or another passphrase opens it. */
export function openPrivateKey(pem: string, passphrase: string | undefined): KeyObject | undefined {
  try {
    return createPrivateKey({ key: pem, passphrase })
  } catch {
    return undefined
  }
}

/**
 * Whether this is a PKCS #12 file, a .p12: a DER sequence that begins with its version, 3.
 * https://www.rfc-editor.org/rfc/rfc7292#section-4
 */
export function isPkcs12(bytes: Buffer): boolean {
  const [tag, length = 0] = bytes
  const start = 2 + (length > 0x80 ? length - 0x80 : 0)
  return tag === 0x30 && bytes.subarray(start, start + 3).equals(Buffer.from([2, 1, 3]))
}
