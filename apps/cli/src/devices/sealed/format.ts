import { scrypt } from 'node:crypto'
import { promisify } from 'node:util'

/**
 * The format of an export, version 1: a header (the mark, a salt, the first bytes of every nonce), then chunks. A chunk is its length
 * (4 bytes), the encrypted text, and a tag.
 *
 * Each chunk is encrypted by AES-256-GCM with a nonce of its own: those first bytes, the number of the chunk, and whether it is the
 * last one. So a chunk that was changed, moved, doubled or left out is refused, and so is a file that ends early: this is STREAM,
 * https://eprint.iacr.org/2015/189. The header is authenticated with every chunk.
 */
export const MARK = Buffer.from('RINGER-DEVICES-1')
export const SALT_BYTES = 16
export const NONCE_START_BYTES = 7
export const TAG_BYTES = 16
export const CIPHER = 'aes-256-gcm'
export const HEADER_BYTES = MARK.length + SALT_BYTES + NONCE_START_BYTES

/** How much text a chunk holds. Bounds what a reader has to keep in memory before it has checked the tag. */
export const CHUNK_BYTES = 64 * 1024

/** 64 MB and a few tenths of a second for each guess. */
const COST = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 }

const derive = promisify<string, Buffer, number, typeof COST, Buffer>(scrypt)

export const deriveKey = (passphrase: string, salt: Buffer): Promise<Buffer> =>
  derive(passphrase, salt, 32, COST)

export function nonceOf(start: Buffer, chunk: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  start.copy(nonce)
  nonce.writeUInt32BE(chunk, NONCE_START_BYTES)
  nonce.writeUInt8(isLast ? 1 : 0, 11)
  return nonce
}
