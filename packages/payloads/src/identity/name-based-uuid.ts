import { hash } from 'node:crypto'

/** An arbitrary constant that must never change: ids from before and after an update must be equal. */
const NAMESPACE = Buffer.from('6f0f6d1e8c2f5b449d0b5f1d9e0c7a31', 'hex')

/** The two highest bits of a UUID's variant are 10, so this digit stands for one of four. */
const VARIANT = '89ab'

/**
 * Derives a UUID from its parts alone: version 5 of RFC 9562, section 5.5. Parts are joined as JSON, so that different lists never
 * give the same text. `hash` makes no object for each, of which a call would need several.
 */
export function nameBasedUuid(...parts: (string | number | undefined)[]): string {
  const name = Buffer.from(JSON.stringify(parts.map(part => part ?? null)))
  const hex = hash('sha1', Buffer.concat([NAMESPACE, name]), 'hex')
  const variant = VARIANT[Number.parseInt(hex.charAt(16), 16) % 4]
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
