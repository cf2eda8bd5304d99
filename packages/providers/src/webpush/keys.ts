import { createECDH, ECDH } from 'node:crypto'

const CURVE = 'prime256v1'

/** Reads a key in base64url, or in ordinary base64 as some libraries write it, with or without padding. */
export const bytesOf = (text: string): Buffer => Buffer.from(text, 'base64url')

/** Whether these are base64 characters and nothing else. Node skips all others. */
const isBase64 = (text: string) => /^[\w+/-]+={0,2}$/.test(text)

/** Reads a public key: an uncompressed point on the curve P-256, 65 bytes. Returns it in base64url, or undefined. */
export function readPublicKey(text: string): string | undefined {
  const bytes = bytesOf(text)
  if (!isBase64(text) || bytes.length !== 65 || bytes[0] !== 4) return undefined
  try {
    ECDH.convertKey(bytes, CURVE)
  } catch {
    // Not on the curve.
    return undefined
  }
  return bytes.toString('base64url')
}

/** Reads a secret of this many bytes. Returns it in base64url, or undefined. */
export function readSecret(text: string, length: number): string | undefined {
  const bytes = bytesOf(text)
  return isBase64(text) && bytes.length === length ? bytes.toString('base64url') : undefined
}

/** The public key that belongs to a private key of 32 bytes, both in base64url; undefined if it is not a valid one. */
export function publicKeyOf(privateKey: string): string | undefined {
  try {
    const pair = createECDH(CURVE)
    pair.setPrivateKey(bytesOf(privateKey))
    return pair.getPublicKey().toString('base64url')
  } catch {
    return undefined
  }
}
