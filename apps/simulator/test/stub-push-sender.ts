import { sign } from 'node:crypto'
import { connect } from 'node:http2'
import { request } from 'node:https'
import type { FakeApns, FakeFcm, StandInCredentials } from '@ringer/fakes'
import { buildPush } from '../../../packages/providers/src/webpush/build-push.ts'

/** Sends valid pushes to the stand-ins as a worker does, without Ringer's own senders. */
export function createStubPushSender(deps: {
  apns: FakeApns
  fcm: FakeFcm
  credentials: StandInCredentials
}) {
  const { apns, fcm, credentials } = deps
  const open = () => connect(apns.url, { ca: credentials.ca }).on('error', () => undefined)
  let session = open()
  // Apple refuses a provider token that is renewed too often.
  const authorization = `bearer ${providerToken(credentials)}`
  let accessToken: Promise<string> | undefined

  /** Resolves with Apple's status, or 0 if the stream ended without one. */
  const sendVoip = async (push: { token: string; id: string; deadline: number; body: object }) => {
    if (session.closed || session.destroyed) session = open()
    const stream = session.request({
      ':method': 'POST',
      ':path': `/3/device/${push.token}`,
      authorization,
      'apns-topic': `${credentials.apns.bundleId}.voip`,
      'apns-push-type': 'voip',
      'apns-priority': '10',
      'apns-expiration': String(Math.floor(push.deadline / 1000)),
      'apns-id': push.id,
    })
    stream.end(JSON.stringify(push.body))
    const answered = Promise.withResolvers<number>()
    stream.on('response', headers => answered.resolve(Number(headers[':status'])))
    stream.on('error', () => undefined)
    stream.on('close', () => answered.resolve(0))
    stream.resume()
    return answered.promise
  }

  const sendData = async (push: { token: string; deadline: number; data: Record<string, string> }) => {
    accessToken ??= fetchAccessToken(fcm, credentials)
    const ttl = `${Math.max(0, (push.deadline - Date.now()) / 1000).toFixed(3)}s`
    const response = await fetch(`${fcm.url}/v1/projects/${credentials.fcm.projectId}/messages:send`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        message: { token: push.token, data: push.data, android: { priority: 'HIGH', ttl } },
      }),
    })
    return response.status
  }

  /** Sends a push that an iPhone shows as a notification. */
  const sendAlert = async (push: { token: string; tag?: string | undefined; body: object }) => {
    if (session.closed || session.destroyed) session = open()
    const stream = session.request({
      ':method': 'POST',
      ':path': `/3/device/${push.token}`,
      authorization,
      'apns-topic': credentials.apns.bundleId,
      'apns-push-type': 'alert',
      'apns-priority': '10',
      ...(push.tag !== undefined && { 'apns-collapse-id': push.tag }),
    })
    stream.end(JSON.stringify(push.body))
    stream.on('error', () => undefined)
    stream.resume()
  }

  /** Sends a message that an Android phone shows as a notification. */
  const sendNotification = async (message: { token: string; [key: string]: unknown }) => {
    accessToken ??= fetchAccessToken(fcm, credentials)
    await fetch(`${fcm.url}/v1/projects/${credentials.fcm.projectId}/messages:send`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ message }),
    })
  }

  /** Sends a browser its push. Resolves with the status, or 0 if there was none. */
  const sendWeb = async (push: Parameters<typeof buildPush>[0]) => {
    const { endpoint, headers, body } = buildPush(push, credentials.vapid, Date.now())
    const answered = Promise.withResolvers<number>()
    const call = request(endpoint, { method: 'POST', headers, ca: credentials.ca }, response => {
      response.resume()
      answered.resolve(response.statusCode ?? 0)
    })
    call.on('error', () => answered.resolve(0))
    call.end(body)
    return answered.promise
  }

  return {
    sendVoip,
    sendWeb,
    sendData,
    sendAlert,
    sendNotification,
    close: () => session.destroy(),
  }
}

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

function providerToken({ apns }: StandInCredentials): string {
  const iat = Math.floor(Date.now() / 1000)
  const signed = `${base64url({ alg: 'ES256', kid: apns.keyId })}.${base64url({ iss: apns.teamId, iat })}`
  const key = { key: apns.privateKey, dsaEncoding: 'ieee-p1363' } as const
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
}

async function fetchAccessToken(fcm: FakeFcm, credentials: StandInCredentials): Promise<string> {
  const iat = Math.floor(Date.now() / 1000)
  const claims = {
    iss: credentials.fcm.clientEmail,
    scope: 'https://www.googleapis.com/auth/firebase.messaging',
    aud: fcm.tokenUrl,
    iat,
    exp: iat + 600,
  }
  const signed = `${base64url({ alg: 'RS256', typ: 'JWT' })}.${base64url(claims)}`
  const signature = sign('sha256', Buffer.from(signed), credentials.fcm.privateKey).toString('base64url')
  const grant = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
  const form = new URLSearchParams({ grant_type: grant, assertion: `${signed}.${signature}` })
  const response = await fetch(fcm.tokenUrl, { method: 'POST', body: form })
  return ((await response.json()) as { access_token: string }).access_token
}
