import type { ReceivedPush } from '@ringer/fakes'
import type { WebhookAnswer } from '@ringer/fakes/cometchat'

export interface WireRequest {
  url: string
  /** Names in lower case. Credentials are replaced by the names of shell variables. */
  headers: Record<string, string>
  /** As it was sent; decrypted, if it was encrypted for a browser. */
  body: string
  /** Whether it was sent encrypted. */
  encrypted?: boolean
}

/** A request that crossed the wire, and its answer. All requests are POSTs. */
export interface Exchange {
  request: WireRequest
  /** null: there was no answer. */
  answer: { status: number; body: string } | null
  /** Sends it again. For a push: the phone gets it again, as a provider may deliver a push twice. */
  replay: () => Promise<unknown>
}

/** The shell variables that a copied command reads credentials from. */
const BASIC = '$COMETCHAT_WEBHOOK_USERNAME:$COMETCHAT_WEBHOOK_PASSWORD'
const BEARER = 'bearer $TOKEN'
const VAPID = 'vapid t=$TOKEN, k=$VAPID_PUBLIC_KEY'

/** The exchange of a webhook with the ingress. */
export function webhookExchange(
  request: { url: string; headers: Record<string, string>; body: string },
  answer: WebhookAnswer,
  replay: Exchange['replay'],
): Exchange {
  const { authorization, ...headers } = request.headers
  return {
    request: {
      url: request.url,
      // A signature alone is enough, and is worth nothing for any other body.
      headers: {
        'content-type': 'Application/json',
        ...(authorization && !headers['x-cometchat-signature'] && { authorization: `Basic ${BASIC}` }),
        ...headers,
      },
      body: request.body,
    },
    answer: answer.status === 0 ? null : { status: answer.status, body: JSON.stringify(answer.body) },
    replay,
  }
}

/** The exchange of a push with the stand-in of a provider. */
export function pushExchange(push: ReceivedPush, standInUrl: string, replay: Exchange['replay']): Exchange {
  const { authorization, ...rest } = push.headers
  const encrypted = rest['content-encoding'] === 'aes128gcm'
  const credential = encrypted ? VAPID : BEARER
  const headers = Object.entries(rest).filter(([name]) => !name.startsWith(':') && !HOP.has(name))
  return {
    request: {
      url: new URL(push.path, standInUrl).href,
      headers: { ...(authorization && { authorization: credential }), ...Object.fromEntries(headers) },
      body: JSON.stringify(push.body),
      ...(encrypted && { encrypted }),
    },
    answer:
      push.status === null
        ? null
        : { status: push.status, body: push.reason === null ? '' : JSON.stringify({ reason: push.reason }) },
    replay,
  }
}

/** Headers that belong to a connection, not to a request. curl makes its own. */
const HOP: ReadonlySet<string> = new Set(['connection', 'content-length', 'host', 'transfer-encoding'])

/** The first line of a command whose body cannot be sent as it is. */
const ENCRYPTED = '# Shown decrypted. A push service takes it encrypted for the browser (RFC 8291).'

/** A command that sends the same request. The stand-ins have a certificate that nobody trusts. */
export function toCurl({ url, headers, body, encrypted }: WireRequest): string {
  const { authorization, ...others } = headers
  const lines = [
    `curl -i${url.startsWith('https:') ? ' --insecure' : ''} ${quote(url)}`,
    ...(authorization ? [credentialsOf(authorization)] : []),
    ...Object.entries(others).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
    `--data-raw ${quote(body)}`,
  ]
  const command = lines.join(' \\\n  ')
  return encrypted ? `${ENCRYPTED}\n${command}` : command
}

const credentialsOf = (authorization: string) =>
  authorization.startsWith('Basic ') ? `-u "${BASIC}"` : `-H "authorization: ${authorization}"`

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
