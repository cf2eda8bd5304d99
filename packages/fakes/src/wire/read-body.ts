import type { Readable } from 'node:stream'

/** More than any provider reads of one push. */
const LIMIT = 64 * 1024

/** Reads a request's body, at most 64 KiB of it; null when the sender gave up before its end. */
export function readBody(request: Readable): Promise<Buffer | null> {
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      if (size < LIMIT) chunks.push(chunk)
      size += chunk.length
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('error', () => resolve(null))
    request.on('aborted', () => resolve(null))
    request.on('close', () => resolve(null))
  })
}
