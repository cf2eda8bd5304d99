import { parseJsonObject } from '../wire/read-request.ts'
import type { ApnsReason } from './rejections.ts'

const PATH = /^\/3\/device(?:\/([^/]*))?$/
/** Apple documents hexadecimal tokens of variable length. Today they have 32 bytes; this allows up to 100. */
const DEVICE_TOKEN = /^(?:[\da-f]{2}){32,100}$/i

/** The device token in a path: '' if it is missing, null if Apple has no such path. */
export function tokenInPath(path: string): string | null {
  const match = PATH.exec(path)
  return match ? (match[1] ?? '').toLowerCase() : null
}

/** The reason why Apple would refuse this method, path and device token, or null. */
export function validateRequestLine(method: string, token: string | null): ApnsReason | null {
  if (token === null) return 'BadPath'
  if (method !== 'POST') return 'MethodNotAllowed'
  if (token === '') return 'MissingDeviceToken'
  return DEVICE_TOKEN.test(token) ? null : 'BadDeviceToken'
}

/**
 * The reason why Apple would refuse this body, or null. It must be a JSON object of at most 4,096 bytes, or 5,120 for
 * VoIP.
 * https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification
 */
export function validateBody(body: Buffer, topic: string | undefined): ApnsReason | null {
  if (body.length > (topic?.endsWith('.voip') ? 5120 : 4096)) return 'PayloadTooLarge'
  return parseJsonObject(body) ? null : 'PayloadEmpty'
}

/** `DuplicateHeaders` if a header was sent twice, or null. */
export function validateRawHeaders(rawHeaders: readonly string[]): ApnsReason | null {
  const names = rawHeaders.filter((_, index) => index % 2 === 0)
  return new Set(names).size === names.length ? null : 'DuplicateHeaders'
}
