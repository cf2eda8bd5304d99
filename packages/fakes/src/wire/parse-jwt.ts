import { type KeyObject, verify } from 'node:crypto'
import { parseJsonObject } from './parse-json-object.ts'

export interface Jwt {
  header: Record<string, unknown>
  claims: Record<string, unknown>
}

/** The contents of a compact JWT whose ES256 or RS256 signature by this key holds; null for any other text. */
export function parseJwt(text: string, algorithm: 'ES256' | 'RS256', key: KeyObject): Jwt | null {
  const [head = '', body = '', signature = '', ...rest] = text.split('.')
  const header = parseJsonObject(Buffer.from(head, 'base64url'))
  const claims = parseJsonObject(Buffer.from(body, 'base64url'))
  if (!header || !claims || rest.length > 0 || header.alg !== algorithm) return null
  const options = algorithm === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' as const } : { key }
  const holds = verify('sha256', Buffer.from(`${head}.${body}`), options, Buffer.from(signature, 'base64url'))
  return holds ? { header, claims } : null
}
