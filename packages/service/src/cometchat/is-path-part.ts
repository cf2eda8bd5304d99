import { uid } from '@ringer/payloads'

/**
 * Whether an id can be asked about. `.` and `..` would be steps to another path, which no escaping prevents:
 * https://url.spec.whatwg.org/#double-dot-path-segment
 */
export const isPathPart = (id: string) => id !== '.' && id !== '..' && uid.safeParse(id).success
