import { createPrivateKey } from 'node:crypto'
import { createRequire } from 'node:module'

/** The certificates and the key of a .p12 in PEM, without encryption, or why it cannot be read. */
export type ReadPkcs12 = { pem: string } | 'wrong passphrase' | 'unreadable'

/** The part of node-forge that is used here. It has no types of its own. */
interface Forge {
  asn1: { fromDer(bytes: string): Asn1; toDer(asn1: Asn1): { getBytes(): string } }
  pkcs12: { pkcs12FromAsn1(asn1: Asn1, strict: boolean, passphrase: string): Pkcs12 }
  pki: {
    certificateToAsn1(certificate: object): Asn1
    privateKeyToAsn1(key: object): Asn1
    wrapRsaPrivateKey(key: Asn1): Asn1
  }
}
type Asn1 = object
interface Pkcs12 {
  /** `asn1` in place of `cert` or `key`: node-forge parses RSA only. */
  safeContents: { safeBags: { cert?: object | null; key?: object | null; asn1?: Asn1; type: string }[] }[]
}

/** https://www.rfc-editor.org/rfc/rfc7292#section-4.2 */
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3'
const KEY_BAGS = ['1.2.840.113549.1.12.10.1.1', '1.2.840.113549.1.12.10.1.2']

/**
 * Reads a .p12 as the Keychain and openssl write it. node-forge decrypts it, because OpenSSL 3, with which Node is built, refuses
 * the RC2 that the Keychain uses. It is loaded only if there is such a file.
 *
 * @param passphrase with which the file was exported. Default: none
 */
export function readPkcs12(bytes: Buffer, passphrase = ''): ReadPkcs12 {
  const forge: Forge = createRequire(import.meta.url)('node-forge')
  const derOf = (asn1: Asn1) => Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'latin1')
  try {
    const file = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(bytes.toString('latin1')), false, passphrase)
    const parts = file.safeContents.flatMap(({ safeBags }) =>
      safeBags.flatMap(({ type, cert, key, asn1 }) => {
        if (type === CERTIFICATE_BAG) {
          const certificate = cert ? forge.pki.certificateToAsn1(cert) : asn1
          return certificate ? [certificatePem(derOf(certificate))] : []
        }
        if (!KEY_BAGS.includes(type)) return []
        const opened = key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key)) : asn1
        return opened ? [keyPem(derOf(opened))] : []
      }),
    )
    return { pem: parts.join('\n') }
  } catch (error) {
    // Its message says nothing about the contents.
    return error instanceof Error && /invalid password/i.test(error.message)
      ? 'wrong passphrase'
      : 'unreadable'
  }
}

const certificatePem = (der: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`

const keyPem = (der: Buffer) =>
  createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ type: 'pkcs8', format: 'pem' })
    .toString()
