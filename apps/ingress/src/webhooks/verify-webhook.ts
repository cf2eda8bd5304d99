import { createHmac, hash, timingSafeEqual } from 'node:crypto'

/** The credentials that a tenant's webhooks may carry; during a rotation both the current and the previous ones. */
export interface WebhookCredentials {
  logins: { username: string; password: string }[]
  secrets: string[]
}

/** The credentials that a request carries. */
export interface Proof {
  authorization: string | undefined
  /** `x-cometchat-signature`: hex HMAC-SHA256 of the raw body, with an optional prefix `sha256=`. */
  signature: string | undefined
}

/**
 * Checks whether a webhook comes from CometChat. A credential that is configured must be satisfied: Basic, or the
 * signature. If both are configured, either one is enough, but any that is present must be right. Works on the raw
 * bytes, before anything is parsed, and in constant time. With nothing configured, nothing passes.
 *
 * CometChat documents Basic only. The signature comes from its recipes, which disagree on what is signed. Serialising
 * JSON again does not reproduce the same bytes, so the raw body is what is verified here.
 */
export function verifyWebhook(credentials: WebhookCredentials, proof: Proof, body: Buffer): boolean {
  return isSatisfied(credentials, proof, given => isSignature(credentials.secrets, given, body))
}

/**
 * Checks whether a request can still pass `verifyWebhook`. If its headers already rule that out, its body, which may be
 * long or slow, is not read.
 */
export function isWorthReading(credentials: WebhookCredentials, proof: Proof): boolean {
  return isSatisfied(credentials, proof, () => true)
}

function isSatisfied(
  { logins, secrets }: WebhookCredentials,
  { authorization, signature }: Proof,
  isRightSignature: (given: Buffer) => boolean,
): boolean {
  const verdicts: boolean[] = []
  if (logins.length > 0 && authorization !== undefined) verdicts.push(isLogin(logins, authorization))
  if (secrets.length > 0 && signature !== undefined) {
    const given = readSignature(signature)
    verdicts.push(given !== undefined && isRightSignature(given))
  }
  return verdicts.length > 0 && verdicts.every(Boolean)
}

type Logins = WebhookCredentials['logins']

function isLogin(logins: Logins, authorization: string): boolean {
  const given = readLogin(authorization)
  return given !== undefined && isRightLogin(logins, given)
}

/** Returns the user name and the password of Basic, with a colon between them. */
export function readLogin(authorization: string): Buffer | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1]
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64')
}

export const isRightLogin = (logins: Logins, given: Buffer): boolean =>
  logins.map(({ username, password }) => equal(given, Buffer.from(`${username}:${password}`))).some(Boolean)

/** Whether the user name in a login is one of these, whatever its password. */
export function isUser(logins: Logins, given: Buffer): boolean {
  const colon = given.indexOf(':')
  const name = colon < 0 ? given : given.subarray(0, colon)
  return logins.map(({ username }) => equal(name, Buffer.from(username))).some(Boolean)
}

/** Returns the 32 bytes of a signature. */
function readSignature(signature: string): Buffer | undefined {
  const hex = /^(?:sha256=)?([0-9a-f]{64})$/i.exec(signature)?.[1]
  return hex === undefined ? undefined : Buffer.from(hex, 'hex')
}

function isSignature(secrets: string[], given: Buffer, body: Buffer): boolean {
  return secrets
    .map(secret => timingSafeEqual(given, createHmac('sha256', secret).update(body).digest()))
    .some(Boolean)
}

/** Compares digests, so that the time it takes reveals neither the content nor the length. */
function equal(a: Buffer, b: Buffer): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'))
}
