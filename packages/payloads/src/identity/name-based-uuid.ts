import { v5 } from 'uuid'

/** An arbitrary constant that must never change: ids from before and after an update must be equal. */
const NAMESPACE = Buffer.from('6f0f6d1e8c2f5b449d0b5f1d9e0c7a31', 'hex')

/**
 * Derives a UUID from its parts alone. Parts are joined as JSON, so that different lists never give the same
 * text. Both arguments of `v5` are bytes: it encodes and parses strings in JavaScript, which takes longer than the hash.
 */
export function nameBasedUuid(...parts: (string | number | undefined)[]): string {
  return v5(Buffer.from(JSON.stringify(parts.map(part => part ?? null))), NAMESPACE)
}
