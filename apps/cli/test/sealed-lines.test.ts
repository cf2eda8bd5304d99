import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { HEADER_BYTES } from '../src/devices/sealed/format.ts'
import { openLines } from '../src/devices/sealed/open-lines.ts'
import { sealLines } from '../src/devices/sealed/seal-lines.ts'

const passphrase = 'correct horse battery staple'

const all = <Item>(items: AsyncIterable<Item>): Promise<Item[]> => Readable.from(items).toArray()

async function* from<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items
}

const seal = async (lines: readonly string[]) => Buffer.concat(await all(sealLines(from(lines), passphrase)))
/** @param size the size of the pieces in which the bytes arrive */
const open = (bytes: Buffer, size = 1_000) => {
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
  return all(openLines(from(pieces), passphrase))
}

/** Splits a sealed file into its header and its chunks. */
function chunksOf(bytes: Buffer): [Buffer, ...Buffer[]] {
  const chunks: [Buffer, ...Buffer[]] = [bytes.subarray(0, HEADER_BYTES)]
  for (let at = HEADER_BYTES; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at)
    chunks.push(bytes.subarray(at, end))
    at = end
  }
  return chunks
}

const lines = Array.from({ length: 5_000 }, (_, index) => `line ${index}: ${'ü'.repeat(index % 40)}`)

describe('sealed lines', () => {
  it.each([[[]], [lines]])('decrypt to the original lines', async some => {
    const bytes = await seal(some)
    expect(await open(bytes)).toEqual(some)
    expect(await open(bytes, 7_777_777)).toEqual(some)
  })

  it('differ each time, also for the same lines', async () => {
    const [one, other] = [await seal(['line']), await seal(['line'])]
    expect(one.subarray(HEADER_BYTES)).not.toEqual(other.subarray(HEADER_BYTES))
  })

  it('are refused if any part of the file was changed, or is cut off', async () => {
    const whole = await seal(['line'])
    const changed = [0, 20, 45, whole.length - 1].map(at => {
      const bytes = Buffer.from(whole)
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
      return bytes
    })
    const cut = [10, 60, whole.length - 1].map(length => whole.subarray(0, length))
    for (const bytes of [...changed, ...cut])
      await expect(open(bytes)).rejects.toThrow(/changed|not an export/)
  })

  it('are refused if a chunk was left out, moved, or doubled', async () => {
    const [header, ...chunks] = chunksOf(await seal(lines))
    const [first = header, second = header, ...rest] = chunks
    expect(rest.length).toBeGreaterThan(0)
    for (const changed of [
      [header, ...chunks.slice(0, -1)],
      [header, ...chunks.slice(1)],
      [header, second, first, ...rest],
      [header, first, first, second, ...rest],
      [header],
      [],
    ])
      await expect(open(Buffer.concat(changed))).rejects.toThrow(/changed|not an export/)
  })
})
