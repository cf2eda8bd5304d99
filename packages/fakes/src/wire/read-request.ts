import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'

/** More than any provider accepts for one push. */
const LIMIT_BYTES = 64 * 1024

/** Reads a request's body and keeps about the first 64 KiB; null if the sender stopped before the end. */
export function readBody(request: Readable): Promise<Buffer | null> {
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      if (size < LIMIT_BYTES) chunks.push(chunk)
      size += chunk.length
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('error', () => resolve(null))
    request.on('aborted', () => resolve(null))
    request.on('close', () => resolve(null))
  })
}

/** Returns each header as one string, by lower-case name. */
export function flatHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : String(value)
  }
  return flat
}

/** Parses a JSON object; null for anything else. */
export function parseJsonObject(bytes: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}
