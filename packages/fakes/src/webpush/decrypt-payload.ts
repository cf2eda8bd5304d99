import { createDecipheriv, type ECDH, hkdfSync } from 'node:crypto'

/** The keys of a subscription, which never leave the browser. */
export interface ReceiverKeys {
  pair: ECDH
  auth: Buffer
}

const SALT_BYTES = 16
const TAG_BYTES = 16
/** Marks the end of the last record; zeros may follow as padding. */
const DELIMITER = 2

/**
 * Decrypts a push as a browser does; null if it was not encrypted for these keys in one record of aes128gcm.
 * https://www.rfc-editor.org/rfc/rfc8291#section-3
 * https://www.rfc-editor.org/rfc/rfc8188#section-2
 */
export function decryptPayload(body: Buffer, { pair, auth }: ReceiverKeys): Buffer | null {
  try {
    const salt = body.subarray(0, SALT_BYTES)
    const recordSize = body.readUInt32BE(SALT_BYTES)
    const keyLength = body.readUInt8(SALT_BYTES + 4)
    const start = SALT_BYTES + 5 + keyLength
    const senderKey = body.subarray(SALT_BYTES + 5, start)
    const record = body.subarray(start)
    if (record.length > recordSize || record.length <= TAG_BYTES) return null
    const shared = pair.computeSecret(senderKey)
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), pair.getPublicKey(), senderKey])
    const secret = derive(shared, auth, info, 32)
    const key = derive(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
    const nonce = derive(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12)
    const decipher = createDecipheriv('aes-128-gcm', key, nonce)
    decipher.setAuthTag(record.subarray(-TAG_BYTES))
    const padded = Buffer.concat([decipher.update(record.subarray(0, -TAG_BYTES)), decipher.final()])
    const end = padded.findLastIndex(byte => byte !== 0)
    return padded[end] === DELIMITER ? padded.subarray(0, end) : null
  } catch {
    return null
  }
}

const derive = (secret: Buffer, salt: Buffer, info: Buffer, length: number): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, salt, info, length))
