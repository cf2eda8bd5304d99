import { parseJsonObject } from '../wire/parse-json-object.ts'
import type { ApnsReason } from './rejections.ts'

const PATH = /^\/3\/device(?:\/([^/]*))?$/
/** Apple says only that it is hexadecimal and of variable length: 32 bytes today, up to 100 allowed for. */
const DEVICE_TOKEN = /^(?:[\da-f]{2}){32,100}$/i

/** The device token in a path: '' where it is missing, null where the path is none of Apple's. */
export function tokenInPath(path: string): string | null {
  const match = PATH.exec(path)
  return match ? (match[1] ?? '').toLowerCase() : null
}

/** The reason why Apple would refuse this method, path and device token. */
export function validateRequestLine(method: string, token: string | null): ApnsReason | null {
  if (token === null) return 'BadPath'
  if (method !== 'POST') return 'MethodNotAllowed'
  if (token === '') return 'MissingDeviceToken'
  return DEVICE_TOKEN.test(token) ? null : 'BadDeviceToken'
}

/**
 * The reason why Apple would refuse this body: at most 4,096 bytes, 5,120 for VoIP, and a JSON object.
 * https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification
 */
export function validateBody(body: Buffer, topic: string | undefined): ApnsReason | null {
  if (body.length > (topic?.endsWith('.voip') ? 5120 : 4096)) return 'PayloadTooLarge'
  return parseJsonObject(body) ? null : 'PayloadEmpty'
}

/** The name of a header that was sent twice. */
export function validateRawHeaders(rawHeaders: readonly string[]): ApnsReason | null {
  const names = rawHeaders.filter((_, index) => index % 2 === 0)
  return new Set(names).size === names.length ? null : 'DuplicateHeaders'
}
