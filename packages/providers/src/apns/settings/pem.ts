import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g
const PRIVATE_KEY = /-----BEGIN ((?:[A-Z]+ )?PRIVATE KEY)-----[\s\S]+?-----END \1-----/

/** Returns the certificates in a PEM file's text, without the lines that openssl writes between them. Skips damaged ones. */
export const certificatesIn = (pem: string): X509Certificate[] =>
  (pem.match(CERTIFICATE) ?? []).flatMap(block => parseCertificate(block) ?? [])

/** Returns the first private key in a PEM file's text, as PEM. */
export const privateKeyIn = (pem: string): string | undefined => PRIVATE_KEY.exec(pem)?.[0]

/** Parses a certificate in PEM or DER. Returns undefined if it is not one. */
export function parseCertificate(bytes: string | Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(bytes)
  } catch {
    return undefined
  }
}

/** Whether a private key is encrypted, in PKCS #8 or in openssl's older format. */
export const isEncrypted = (pem: string): boolean =>
  /^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(pem)

/** Opens a private key in PEM. Returns undefined if the key is damaged or the passphrase is wrong. */
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
