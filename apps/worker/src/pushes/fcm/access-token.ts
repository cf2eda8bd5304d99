import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { importPKCS8, SignJWT } from 'jose'
import { z } from 'zod'

/** Google's service account, and where its access tokens come from. */
export interface ServiceAccount {
  clientEmail: string
  privateKey: string
  tokenUrl: string
  ca: string | undefined
}

/** Google's endpoint is who the assertion is for, whatever address a stand-in for it has. */
const AUDIENCE = 'https://oauth2.googleapis.com/token'
const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging'
const REQUEST_LIMIT_MS = 3_000
const REFRESH_BEFORE_END_MS = 10 * 60_000
const RETRY_REFRESH_MS = 5_000
const TOLD_SECONDS = 60

const granted = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() })

interface AccessToken {
  value: string
  endsAt: number
}

/** Google gave no access token. The message says why in words of ours: an answer may hold a token. */
export class NoAccessTokenError extends Error {}

/** In the shape that firebase-admin asks of a credential. */
export interface AccessTokens {
  /** @throws NoAccessTokenError within 3 s */
  getAccessToken(): Promise<{ access_token: string; expires_in: number }>
  /** Google no longer takes the token of this `authorization`: the next push gets a new one. */
  drop(authorization: unknown): void
}

/**
 * Keeps an access token at hand. It is renewed in the background while the old one is still good, so that no push waits
 * for Google's token endpoint but the very first.
 *
 * firebase-admin's own credential makes every push wait for its renewal, retries without a limit, and can neither be
 * given a deadline nor sent to a stand-in.
 */
export function createAccessTokens(account: ServiceAccount, clock: () => number): AccessTokens {
  let current: AccessToken | undefined
  let renewal: Promise<AccessToken> | undefined
  let lastRenewalAt = Number.NEGATIVE_INFINITY

  function renew(): Promise<AccessToken> {
    lastRenewalAt = clock()
    renewal ??= requestAccessToken(account, clock)
      .then(token => {
        current = token
        return token
      })
      .finally(() => {
        renewal = undefined
      })
    return renewal
  }

  return {
    /**
     * firebase-admin keeps a token that is good for more than five minutes to itself, revoked or not, so it is told less
     * than that and asks here for every push.
     */
    async getAccessToken() {
      const usable = current && current.endsAt > clock() ? current : undefined
      const due = usable && usable.endsAt - clock() < REFRESH_BEFORE_END_MS
      if (due && clock() - lastRenewalAt > RETRY_REFRESH_MS) renew().catch(() => {})
      const token = usable ?? (await renew())
      return { access_token: token.value, expires_in: TOLD_SECONDS }
    },
    drop(authorization) {
      // Of pushes that were refused together, the later ones must not cost the token that the first one got.
      if (authorization === `Bearer ${current?.value}`) current = undefined
    },
  }
}

/** https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests */
async function requestAccessToken(account: ServiceAccount, clock: () => number): Promise<AccessToken> {
  const now = Math.floor(clock() / 1_000)
  const assertion = await new SignJWT({ scope: SCOPE })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(account.clientEmail)
    .setAudience(AUDIENCE)
    .setIssuedAt(now)
    .setExpirationTime(now + 3_600)
    .sign(await importPKCS8(account.privateKey, 'RS256'))
  const form = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion })
  const token = readGrant(await post(account, form.toString()))
  return { value: token.access_token, endsAt: clock() + token.expires_in * 1_000 }
}

function readGrant(body: string): z.infer<typeof granted> {
  try {
    return granted.parse(JSON.parse(body))
  } catch {
    throw new NoAccessTokenError("the token endpoint's answer cannot be read")
  }
}

function post({ tokenUrl, ca }: ServiceAccount, form: string): Promise<string> {
  const request = new URL(tokenUrl).protocol === 'http:' ? httpRequest : httpsRequest
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const signal = AbortSignal.timeout(REQUEST_LIMIT_MS)
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) =>
      reject(new NoAccessTokenError(`the token endpoint does not answer (${error.code ?? error.name})`))
    const call = request(tokenUrl, { method: 'POST', agent: false, headers, ca, signal }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('error', onError)
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'))
        else reject(new NoAccessTokenError(`the token endpoint answered ${response.statusCode}`))
      })
    })
    call.on('error', onError)
    call.end(form)
  })
}
