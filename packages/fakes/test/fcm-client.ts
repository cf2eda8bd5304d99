import { Agent, request as httpRequest } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import type { FakeFcm, StandInCredentials } from '@ringer/fakes'
import { signJwt } from './apns-client.ts'

export interface FcmResponse {
  status: number
  headers: Record<string, unknown>
  text: string
  body: Record<string, unknown>
}

export const REGISTRATION = 'fGx1:APA91bH_stand-in.token'

/** A valid send request, with changes. */
export function message(change: Record<string, unknown> = {}): string {
  const android = { priority: 'high', ttl: '29.5s' }
  return JSON.stringify({
    message: { token: REGISTRATION, data: { type: 'incoming_call' }, android, ...change },
  })
}

export function assertion(
  { fcm }: StandInCredentials,
  claims: Record<string, unknown> = {},
  privateKey = fcm.privateKey,
): string {
  const now = Math.floor(Date.now() / 1000)
  return signJwt(
    'RS256',
    privateKey,
    {},
    {
      iss: fcm.clientEmail,
      aud: 'https://oauth2.googleapis.com/token',
      scope: 'https://www.googleapis.com/auth/firebase.messaging',
      iat: now,
      exp: now + 3600,
      ...claims,
    },
  )
}

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** Creates a keep-alive client of a stand-in for FCM. It has no retries, unlike a library. */
export function connectFcm(fcm: FakeFcm, credentials: StandInCredentials) {
  const secure = fcm.url.startsWith('https:')
  const options = { keepAlive: true, maxSockets: 1 }
  const agent = secure ? new SecureAgent({ ...options, ca: credentials.ca }) : new Agent(options)
  let bearer: string | null = null

  function call(
    method: string,
    url: string,
    body: string,
    headers: Record<string, string>,
  ): Promise<FcmResponse> {
    return new Promise((resolve, reject) => {
      const send = secure ? secureRequest : httpRequest
      const request = send(url, { method, agent, headers }, response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const json = text.startsWith('{') ? JSON.parse(text) : {}
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: json })
        })
      })
      request.on('error', reject)
      request.end(method === 'GET' ? undefined : body)
    })
  }

  const askToken = (jwt = assertion(credentials), grant = GRANT) =>
    call('POST', fcm.tokenUrl, new URLSearchParams({ grant_type: grant, assertion: jwt }).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
    })

  async function send(
    body = message(),
    given: { method?: string; path?: string; authorization?: string } = {},
  ): Promise<FcmResponse> {
    bearer ??= `Bearer ${String((await askToken()).body.access_token)}`
    const { method = 'POST', path = `/v1/projects/${credentials.fcm.projectId}/messages:send` } = given
    const { authorization = bearer } = given
    return call(method, fcm.url + path, body, { authorization, 'content-type': 'application/json' })
  }

  return { askToken, send, close: () => agent.destroy() }
}
