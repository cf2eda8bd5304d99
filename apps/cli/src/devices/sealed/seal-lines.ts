import { createCipheriv, randomBytes } from 'node:crypto'
import { CHUNK_BYTES, CIPHER, deriveKey, MARK, NONCE_START_BYTES, nonceOf, SALT_BYTES } from './format.ts'

/** Encrypts lines of text with a passphrase, a chunk at a time. `openLines` reads them. */
export async function* sealLines(lines: AsyncIterable<string>, passphrase: string): AsyncGenerator<Buffer> {
  const salt = randomBytes(SALT_BYTES)
  const start = randomBytes(NONCE_START_BYTES)
  const header = Buffer.concat([MARK, salt, start])
  const key = await deriveKey(passphrase, salt)
  yield header

  let chunk = 0
  const seal = (text: Buffer, isLast: boolean) => {
    const cipher = createCipheriv(CIPHER, key, nonceOf(start, chunk, isLast)).setAAD(header)
    chunk += 1
    const sealed = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()])
    const length = Buffer.alloc(4)
    length.writeUInt32BE(sealed.length)
    return Buffer.concat([length, sealed])
  }

  let waiting = Buffer.alloc(0)
  for await (const line of lines) {
    waiting = Buffer.concat([waiting, Buffer.from(`${line}\n`)])
    while (waiting.length > CHUNK_BYTES) {
      yield seal(waiting.subarray(0, CHUNK_BYTES), false)
      waiting = waiting.subarray(CHUNK_BYTES)
    }
  }
  yield seal(waiting, true)
}
