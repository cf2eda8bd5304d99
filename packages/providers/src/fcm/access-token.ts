import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { importPKCS8, SignJWT } from 'jose'
import { z } from 'zod'
import { connectionHook } from '../sending/connections/open-connection.ts'
import { noReports, type SenderReports } from '../sending/sender-reports.ts'

/** Google's service account, and the endpoint that grants its access tokens. */
export interface ServiceAccount {
  clientEmail: string
  privateKey: string
  tokenUrl: string
  ca: string | undefined
  /** The HTTP proxy on the way. Default: none. */
  proxyUrl?: string | undefined
}

/** The assertion names Google's endpoint as its audience, even if it is sent to a stand-in. */
const AUDIENCE = 'https://oauth2.googleapis.com/token'
const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging'
const REQUEST_LIMIT_MS = 3_000
const RENEW_BEFORE_END_MS = 10 * 60_000
/** How often we look whether the token is to be renewed. A single timer of 50 minutes would be late if the clock is set. */
const CHECK_MS = 1_000
const FIRST_BACKOFF_MS = 1_000
const PUSH_BACKOFF_MS = 1_000
const LONGEST_BACKOFF_MS = 30_000
const CLAIMED_LIFETIME_S = 60
/** The part of Google that is asked, for reports. */
const ENDPOINT = 'the token endpoint'

const granted = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() })

interface AccessToken {
  value: string
  renewAt: number
  endsAt: number
}

/** Google's refusal of a token request: the status, and from the body only words in the form of Google's. */
export interface AccessTokenRefusal {
  status: number
  /** OAuth's code, such as `invalid_grant`. */
  error?: string | undefined
  /** Google's sentence about it. */
  description?: string | undefined
}

/** Google granted no access token. The message is ours, because an answer may hold a token. */
export class NoAccessTokenError extends Error {
  /** Absent if Google did not answer, or its answer cannot be read. */
  readonly refusal: AccessTokenRefusal | undefined
  /** The system's code, or a proxy's, if Google did not answer. */
  readonly code: string | undefined

  constructor(message: string, { refusal, code }: { refusal?: AccessTokenRefusal; code?: string } = {}) {
    super(message)
    this.refusal = refusal
    this.code = code
  }
}

/** OAuth's codes for an account that Google does not accept. The others blame the request, or may pass. */
const REFUSED = [
  'invalid_grant',
  'invalid_client',
  'disabled_client',
  'deleted_client',
  'unauthorized_client',
  'invalid_scope',
  'access_denied',
]

/** Whether Google refuses the service account, so that asking again does not help until somebody mends it. */
export const isAccountRefused = (error: unknown): boolean =>
  error instanceof NoAccessTokenError && REFUSED.includes(error.refusal?.error ?? '')

/** Describes why there is no access token, with Google's words if it refuses the account. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof NoAccessTokenError)) return 'no access token'
  const { error: code, description } = error.refusal ?? {}
  if (!isAccountRefused(error)) return error.message
  return `Google refuses the service account: ${description ? `${code} (${description})` : code}`
}

/** Access tokens with the interface that firebase-admin expects of a credential. */
export interface AccessTokens {
  /** @throws NoAccessTokenError within 3 s; see `isAccountRefused` */
  getAccessToken(): Promise<{ access_token: string; expires_in: number }>
  /** Whether there is a valid token now. */
  isReady(): boolean
  /** Whether Google refused the service account the last time. */
  isRefused(): boolean
  /** Drops the token of this `authorization` header, which Google no longer accepts, and requests a new one. */
  drop(authorization: unknown): void
  /** Ends the renewals and a request that is under way. */
  close(): void
}

/**
 * Keeps an access token ready, so that no push waits for Google's token endpoint. The token is requested now, and again
 * while the old one is still valid, whether or not pushes are sent. A request that fails is repeated after 1 s, 2 s, 4 s, …
 * 30 s, or when a push needs the token, but then once a second at most. None of this keeps the process alive.
 *
 * If Google refuses the service account, pushes are refused with its words, because no later attempt of theirs would succeed. Google
 * is still asked again: the account may be mended there.
 *
 * firebase-admin's own credential makes every push wait while it renews, retries without a limit, and supports neither a
 * deadline nor a stand-in.
 */
export function createAccessTokens(
  account: ServiceAccount,
  clock: () => number,
  reports: Pick<SenderReports, 'reach' | 'credentials'> = noReports,
): AccessTokens {
  let current: AccessToken | undefined
  let renewal: Promise<AccessToken> | undefined
  let failures = 0
  let retryAt = Number.NEGATIVE_INFINITY
  let refusal: { error: unknown; until: number } | undefined
  const closing = new AbortController()

  async function request(): Promise<AccessToken> {
    try {
      current = await requestAccessToken(account, clock, closing.signal)
      failures = 0
      refusal = undefined
      report(undefined)
      return current
    } catch (error) {
      if (!closing.signal.aborted) report(error)
      retryAt = clock() + Math.min(FIRST_BACKOFF_MS * 2 ** failures, LONGEST_BACKOFF_MS)
      failures += 1
      refusal = { error, until: clock() + PUSH_BACKOFF_MS }
      throw error
    } finally {
      renewal = undefined
    }
  }

  /** @param error undefined: a token was granted */
  function report(error: unknown): void {
    const reason = error === undefined ? undefined : describeFailure(error)
    const isRefused = isAccountRefused(error)
    reports.credentials(ENDPOINT, isRefused ? reason : undefined)
    reports.reach(ENDPOINT, isRefused ? undefined : reason)
  }

  function renew(): Promise<AccessToken> {
    renewal ??= request()
    return renewal
  }

  /** Pushes ask again once a second at most: they are many, and the endpoint may be overloaded. */
  async function renewForPush(): Promise<AccessToken> {
    if (refusal && clock() < refusal.until) throw refusal.error
    return renew()
  }

  function renewIfDue(): void {
    const now = clock()
    const isDue = !current || current.renewAt <= now
    const mayTry = failures === 0 || retryAt <= now
    if (isDue && mayTry) renew().catch(() => {})
  }

  const valid = () => (current && current.endsAt > clock() ? current : undefined)

  renewIfDue()
  const timer = setInterval(renewIfDue, CHECK_MS).unref()

  return {
    /**
     * firebase-admin caches a token that is valid for more than five minutes, revoked or not. We claim a shorter lifetime,
     * so that it asks here for every push.
     */
    async getAccessToken() {
      const token = valid() ?? (await renewForPush())
      return { access_token: token.value, expires_in: CLAIMED_LIFETIME_S }
    },
    isReady: () => valid() !== undefined,
    isRefused: () => isAccountRefused(refusal?.error),
    drop(authorization) {
      // Several pushes may be refused for the same token. Only the first refusal drops it.
      if (authorization !== `Bearer ${current?.value}`) return
      current = undefined
      renewIfDue()
    },
    close() {
      clearInterval(timer)
      closing.abort()
    },
  }
}

/** https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests */
async function requestAccessToken(
  account: ServiceAccount,
  clock: () => number,
  closing: AbortSignal,
): Promise<AccessToken> {
  const askedAt = clock()
  const now = Math.floor(askedAt / 1_000)
  const assertion = await new SignJWT({ scope: SCOPE })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(account.clientEmail)
    .setAudience(AUDIENCE)
    .setIssuedAt(now)
    .setExpirationTime(now + 3_600)
    .sign(await importPKCS8(account.privateKey, 'RS256'))
  const form = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion })
  const token = readGrant(await post(account, form.toString(), closing))
  const lifetimeMs = token.expires_in * 1_000
  const endsAt = askedAt + lifetimeMs
  return {
    value: token.access_token,
    renewAt: endsAt - Math.min(RENEW_BEFORE_END_MS, lifetimeMs / 2),
    endsAt,
  }
}

function readGrant(body: string): z.infer<typeof granted> {
  try {
    return granted.parse(JSON.parse(body))
  } catch {
    throw new NoAccessTokenError("the token endpoint's answer cannot be read")
  }
}

/** Google's words are short. Anything longer may be an echo of the request, which contains a signed assertion. */
const refusalShape = z.object({
  error: z
    .string()
    .regex(/^[a-z_]{1,40}$/)
    .optional()
    .catch(undefined),
  error_description: z
    .string()
    .regex(/^(?!.*\S{60})[\x20-\x7e]{1,200}$/)
    .optional()
    .catch(undefined),
})

/** https://developers.google.com/identity/protocols/oauth2/service-account#error-codes */
function readRefusal(body: string): Omit<AccessTokenRefusal, 'status'> {
  try {
    const { error, error_description: description } = refusalShape.parse(JSON.parse(body))
    return { error, description }
  } catch {
    return {}
  }
}

function post(
  { tokenUrl, ca, proxyUrl }: ServiceAccount,
  form: string,
  signal: AbortSignal,
): Promise<string> {
  const request = new URL(tokenUrl).protocol === 'http:' ? httpRequest : httpsRequest
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) =>
      reject(
        new NoAccessTokenError(`the token endpoint does not answer (${error.code ?? error.name})`, {
          code: error.code ?? error.name,
        }),
      )
    const way = proxyUrl ? { createConnection: connectionHook(tokenUrl, { ca, proxyUrl }) } : { agent: false }
    const call = request(tokenUrl, { method: 'POST', ...way, headers, ca, signal }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('error', onError)
      response.on('end', () => {
        const { statusCode: status = 0 } = response
        const body = Buffer.concat(chunks).toString('utf8')
        if (status === 200) resolve(body)
        else
          reject(
            new NoAccessTokenError(`the token endpoint answered ${status}`, {
              refusal: { status, ...readRefusal(body) },
            }),
          )
      })
    })
    const limit = setTimeout(() => {
      reject(new NoAccessTokenError('the token endpoint does not answer in time', { code: 'ETIMEDOUT' }))
      call.destroy()
    }, REQUEST_LIMIT_MS)
    call.on('close', () => clearTimeout(limit))
    call.on('error', onError)
    call.end(form)
  })
}
