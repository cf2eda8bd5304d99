import { createDecipheriv } from 'node:crypto'
import {
  CHUNK_BYTES,
  CIPHER,
  deriveKey,
  HEADER_BYTES,
  MARK,
  NONCE_START_BYTES,
  nonceOf,
  SALT_BYTES,
  TAG_BYTES,
} from './format.ts'

/**
 * Decrypts lines that `sealLines` encrypted. A line is returned only after the chunk that contains it was checked.
 *
 * @throws Error if it is not an export, the passphrase is wrong, or the file was changed or cut off
 */
export async function* openLines(bytes: AsyncIterable<Buffer>, passphrase: string): AsyncGenerator<string> {
  const source = createReader(bytes)
  const header = await source.read(HEADER_BYTES)
  if (!header?.subarray(0, MARK.length).equals(MARK)) {
    throw new Error('this is not an export of devices that this version can read')
  }
  const key = await deriveKey(passphrase, header.subarray(MARK.length, MARK.length + SALT_BYTES))
  const start = header.subarray(-NONCE_START_BYTES)

  let text = Buffer.alloc(0)
  for (let chunk = 0; ; chunk += 1) {
    const length = (await source.read(4))?.readUInt32BE() ?? 0
    if (length < TAG_BYTES || length > CHUNK_BYTES + TAG_BYTES) throw new Error(damaged)
    const sealed = await source.read(length)
    if (!sealed) throw new Error(damaged)
    const isLast = await source.isAtEnd()
    const decipher = createDecipheriv(CIPHER, key, nonceOf(start, chunk, isLast), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(header).setAuthTag(sealed.subarray(-TAG_BYTES))
    try {
      text = Buffer.concat([text, decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()])
    } catch {
      throw new Error(chunk === 0 ? wrong : damaged)
    }
    const end = text.lastIndexOf('\n')
    if (end >= 0) yield* text.subarray(0, end).toString().split('\n')
    text = text.subarray(end + 1)
    if (isLast) return
  }
}

const wrong = 'the passphrase is wrong, or the file was changed'
const damaged = 'the file was changed or is cut off'

/** Reads exact numbers of bytes from a stream. */
function createReader(bytes: AsyncIterable<Buffer>) {
  const iterator = bytes[Symbol.asyncIterator]()
  let held = Buffer.alloc(0)
  async function hold(count: number): Promise<boolean> {
    while (held.length < count) {
      const next = await iterator.next()
      if (next.done) return false
      held = Buffer.concat([held, next.value])
    }
    return true
  }
  return {
    /** Returns undefined if there are fewer bytes. */
    async read(count: number): Promise<Buffer | undefined> {
      if (!(await hold(count))) return undefined
      const found = held.subarray(0, count)
      held = held.subarray(count)
      return found
    },
    isAtEnd: async () => !(await hold(1)),
  }
}
