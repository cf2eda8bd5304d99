import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** What a webhook may prove itself with; during a rotation the previous ones stand beside the current. */
export interface WebhookCredentials {
  logins: { username: string; password: string }[]
  secrets: string[]
}

/** What a request brought along to prove itself with. */
export interface Proof {
  authorization: string | undefined
  /** `x-cometchat-signature`: hex HMAC-SHA256 of the raw body, an optional `sha256=` before it. */
  signature: string | undefined
}

/**
 * Whether a webhook comes from CometChat. A credential that is configured must be satisfied: Basic, the signature, or
 * where both are configured either of them, and then nothing that is present may be wrong. Works on the raw bytes,
 * before anything is parsed, and in constant time; with nothing configured, nothing passes.
 *
 * CometChat documents Basic only; the signature comes from its recipes, which do not agree on what is signed. JSON that
 * was serialised again is not reproducible, so it is the raw body here.
 */
export function verifyWebhook(credentials: WebhookCredentials, proof: Proof, body: Buffer): boolean {
  return isProven(credentials, proof, given => isSignature(credentials.secrets, given, body))
}

/**
 * Whether a request may yet turn out to come from CometChat. Where its headers rule that out already, its body, which
 * may be long or slow, need not be read.
 */
export function isWorthReading(credentials: WebhookCredentials, proof: Proof): boolean {
  return isProven(credentials, proof, () => true)
}

function isProven(
  { logins, secrets }: WebhookCredentials,
  { authorization, signature }: Proof,
  signs: (given: Buffer) => boolean,
): boolean {
  const verdicts: boolean[] = []
  if (logins.length > 0 && authorization !== undefined) verdicts.push(isLogin(logins, authorization))
  if (secrets.length > 0 && signature !== undefined) {
    const given = readSignature(signature)
    verdicts.push(given !== undefined && signs(given))
  }
  return verdicts.length > 0 && verdicts.every(Boolean)
}

function isLogin(logins: WebhookCredentials['logins'], authorization: string): boolean {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1]
  if (encoded === undefined) return false
  const given = Buffer.from(encoded, 'base64')
  return logins
    .map(({ username, password }) => equal(given, Buffer.from(`${username}:${password}`)))
    .some(Boolean)
}

function readSignature(signature: string): Buffer | undefined {
  const hex = /^(?:sha256=)?([0-9a-f]{64})$/i.exec(signature)?.[1]
  return hex === undefined ? undefined : Buffer.from(hex, 'hex')
}

function isSignature(secrets: string[], given: Buffer, body: Buffer): boolean {
  return secrets.map(secret => equal(given, createHmac('sha256', secret).update(body).digest())).some(Boolean)
}

/** Compares digests, so that neither the content nor the length shows in the time it takes. */
function equal(a: Buffer, b: Buffer): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())
}
