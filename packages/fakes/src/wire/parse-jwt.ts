import { type KeyObject, verify } from 'node:crypto'
import { parseJsonObject } from './read-request.ts'

export interface Jwt {
  header: Record<string, unknown>
  claims: Record<string, unknown>
}

/** Parses a compact JWT and verifies its ES256 or RS256 signature with this key; null for any other text. */
export function parseJwt(text: string, algorithm: 'ES256' | 'RS256', key: KeyObject): Jwt | null {
  const [head = '', body = '', signature = '', ...rest] = text.split('.')
  const header = parseJsonObject(Buffer.from(head, 'base64url'))
  const claims = parseJsonObject(Buffer.from(body, 'base64url'))
  if (!header || !claims || rest.length > 0 || header.alg !== algorithm) return null
  const options = algorithm === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' as const } : { key }
  const isValid = verify(
    'sha256',
    Buffer.from(`${head}.${body}`),
    options,
    Buffer.from(signature, 'base64url'),
  )
  return isValid ? { header, claims } : null
}
