/** The app crashes: by a forced cast, a forced unwrap or an uncaught exception. */
export class Crash extends Error {}

/** Swift's `as? String` and a lookup in a Kotlin map: undefined for a value of another type. */
export const asText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Swift's `as? Bool`. */
export const asFlag = (value: unknown): boolean | undefined =>
  typeof value === 'boolean' ? value : undefined

/** Swift's `as? [String: Any]`. */
export const asDictionary = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined

/** Swift's `as! String`. */
export function forceText(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new Crash(`${what} is not a string`)
  return value
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i

/** CallKit and `UUID(uuidString:)!` crash on anything that is not a UUID. */
export function forceUuid(value: string, what: string): string {
  if (!UUID.test(value)) throw new Crash(`${what} is not a UUID`)
  return value
}

export const asUuid = (value: string): string | undefined => (UUID.test(value) ? value : undefined)
