import { createHmac, timingSafeEqual } from 'node:crypto'
import { SECRET } from '../stage/ringer-settings.ts'

/** Checks the signature of a webhook over its raw bytes: the least that any server must do. */
export function checkSignature(body: Buffer, signature: unknown): boolean {
  if (typeof signature !== 'string') return false
  const given = Buffer.from(signature, 'hex')
  const right = createHmac('sha256', SECRET).update(body).digest()
  return given.length === right.length && timingSafeEqual(given, right)
}
