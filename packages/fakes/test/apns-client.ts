import { sign } from 'node:crypto'
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import type { CertificateAndKey, FakeApns, StandInCredentials } from '@ringer/fakes'

export interface ApnsResponse {
  status: number
  apnsId: string | undefined
  retryAfter: string | undefined
  body: Record<string, unknown> | null
}

export interface PushOptions {
  token?: string
  method?: string
  path?: string
  /** null removes a header. */
  headers?: Record<string, string | string[] | null>
  body?: string
}

/** Signs a compact JWT without a library, so that tests can make every mistake in it. */
export function signJwt(
  algorithm: 'ES256' | 'RS256',
  privateKey: string,
  header: object,
  claims: object,
): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${encode({ alg: algorithm, ...header })}.${encode(claims)}`
  const key =
    algorithm === 'ES256' ? { key: privateKey, dsaEncoding: 'ieee-p1363' as const } : { key: privateKey }
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`
}

export function providerToken(
  { apns }: StandInCredentials,
  given: { kid?: string; iss?: string; iat?: number; privateKey?: string } = {},
): string {
  const { kid = apns.keyId, iss = apns.teamId, iat = Math.floor(Date.now() / 1000), privateKey } = given
  return signJwt('ES256', privateKey ?? apns.privateKey, { kid }, { iss, iat })
}

export const TOKEN = 'ab'.repeat(32)

/**
 * Opens one HTTP/2 connection to a stand-in. Its pushes are valid VoIP pushes unless the options change them.
 *
 * @param certificate the client certificate, if any
 */
export function connectApns(
  apns: FakeApns,
  credentials: StandInCredentials,
  certificate?: CertificateAndKey,
) {
  const session: ClientHttp2Session = connect(apns.url, {
    ca: credentials.ca,
    ...(certificate && { cert: certificate.cert, key: certificate.key }),
  })
  session.on('error', () => undefined)
  const authorization = `bearer ${providerToken(credentials)}`

  function open(options: PushOptions = {}): ClientHttp2Stream {
    const { token = TOKEN, method = 'POST', path = `/3/device/${token}`, body = '{"aps":{}}' } = options
    const headers: Record<string, string | string[]> = { ':method': method, ':path': path }
    const all = {
      authorization,
      'apns-topic': `${credentials.apns.bundleId}.voip`,
      'apns-push-type': 'voip',
      ...options.headers,
    }
    for (const [name, value] of Object.entries(all)) if (value !== null) headers[name] = value
    return session.request(headers, { endStream: false }).end(body)
  }

  function push(options: PushOptions = {}): Promise<ApnsResponse> {
    return new Promise((resolve, reject) => {
      const stream = open(options)
      const chunks: Buffer[] = []
      let answered: Omit<ApnsResponse, 'body'> | null = null
      stream.on('response', response => {
        answered = {
          status: Number(response[':status']),
          apnsId: response['apns-id']?.toString(),
          retryAfter: response['retry-after']?.toString(),
        }
      })
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('error', reject)
      stream.on('close', () => {
        const text = Buffer.concat(chunks).toString()
        if (answered && stream.readableEnded && stream.rstCode === constants.NGHTTP2_NO_ERROR) {
          resolve({ ...answered, body: text === '' ? null : JSON.parse(text) })
        } else reject(new Error(`closed with ${stream.rstCode}`))
      })
    })
  }

  return { session, open, push, close: () => session.destroy() }
}
