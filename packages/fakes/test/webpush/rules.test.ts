import { createECDH } from 'node:crypto'
import {
  createStandInCredentials,
  type FakeWebPush,
  type StandInCredentials,
  startFakeWebPush,
} from '@ringer/fakes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decryptPayload } from '../../src/webpush/decrypt-payload.ts'
import { authorization, encrypt, post } from './web-push-client.ts'

let credentials: StandInCredentials
let other: StandInCredentials
let pushService: FakeWebPush

beforeAll(async () => {
  credentials = await createStandInCredentials()
  other = await createStandInCredentials()
  pushService = await startFakeWebPush({ credentials })
})
afterAll(() => pushService.close())

const TEXT = '{"type":"incoming_call"}'

/** Sends a push to a new browser. */
function send(change: Parameters<typeof post>[2] | object = {}) {
  const subscription = pushService.subscribe()
  const body = encrypt(TEXT, subscription)
  return post(pushService, credentials, { endpoint: subscription.endpoint, body, ...change })
}
const sendWith = (headers: Record<string, string | undefined>) => send({ headers })

describe('the stand-in for push services', () => {
  it('accepts a push with 201 and the address of the message, and reads it as the browser does', async () => {
    const answer = await sendWith({ topic: 'a-topic_1' })
    expect(answer).toMatchObject({ status: 201, headers: { location: expect.stringMatching(/^https:/) } })
    expect(pushService.received.at(-1)).toMatchObject({
      accepted: true,
      status: 201,
      data: { type: 'incoming_call' },
    })
  })

  it.each<[string, Record<string, string | undefined>, number, string]>([
    ['a missing TTL', { ttl: undefined }, 400, 'BadTtl'],
    ['a TTL with a unit', { ttl: '30s' }, 400, 'BadTtl'],
    ['a missing urgency', { urgency: undefined }, 400, 'BadUrgency'],
    ['an unknown urgency', { urgency: 'urgent' }, 400, 'BadUrgency'],
    ['a topic of 33 characters', { topic: 'a'.repeat(33) }, 400, 'BadWebPushTopic'],
    ['a topic with a plus', { topic: 'a+b' }, 400, 'BadWebPushTopic'],
    ['the former encoding', { 'content-encoding': 'aesgcm' }, 400, 'BadContentEncoding'],
    ['a missing signature', { authorization: undefined }, 401, 'MissingVapid'],
    ['another scheme', { authorization: 'WebPush abc' }, 401, 'MissingVapid'],
  ])('refuses %s', async (_, headers, status, reason) => {
    expect(await sendWith(headers)).toMatchObject({ status, body: { reason } })
    expect(pushService.received.at(-1)).toMatchObject({ accepted: false, status, reason })
  })

  it.each<[string, (url: string) => string, string]>([
    ['of another origin', () => authorization(credentials, 'https://push.example.com'), 'BadAudience'],
    ['that has expired', url => authorization(credentials, url, { exp: 1_000 }), 'BadExpiry'],
    [
      'for more than a day',
      url => authorization(credentials, url, { exp: Date.now() / 1_000 + 86_500 }),
      'BadExpiry',
    ],
    ['without a contact', url => authorization(credentials, url, { sub: undefined }), 'BadSubject'],
    ['with a contact that is no URL', url => authorization(credentials, url, { sub: 'ops' }), 'BadSubject'],
    ['by another key', url => authorization(credentials, url, {}, other.vapid.publicKey), 'BadJwtToken'],
    ['of another pair', url => authorization(other, url), 'VapidPkHashMismatch'],
    ['that is cut off', url => authorization(credentials, url).replace(/, k=/, 'x, k='), 'BadJwtToken'],
  ])('refuses a signature %s', async (_, sign, reason) => {
    expect(await sendWith({ authorization: sign(pushService.url) })).toMatchObject({
      status: 403,
      body: { reason },
    })
  })

  it('refuses a push that is too large, that it cannot decrypt, or that is not a push', async () => {
    expect(await send({ body: Buffer.alloc(4_097) })).toMatchObject({ status: 413 })
    expect(await send({ body: encrypt(TEXT, pushService.subscribe()) })).toMatchObject({
      status: 400,
      body: { reason: 'BadPayload' },
    })
    expect(await send({ method: 'PUT' })).toMatchObject({ status: 405 })
  })

  it('rejects pushes to a browser that has not subscribed, or has unsubscribed', async () => {
    expect(await send({ endpoint: `${pushService.url}/push/unknown` })).toMatchObject({ status: 404 })
    const { endpoint, keys } = pushService.subscribe()
    pushService.devices.set(JSON.stringify({ endpoint, keys }), { kind: 'web', state: 'unregistered' })
    expect(await send({ endpoint, body: encrypt(TEXT, { keys }) })).toMatchObject({ status: 410 })
  })
})

// https://www.rfc-editor.org/rfc/rfc8291#section-5
it('decrypts the example of RFC 8291', () => {
  const bytes = (text: string) => Buffer.from(text, 'base64url')
  const pair = createECDH('prime256v1')
  pair.setPrivateKey(bytes('q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94'))
  const body = bytes(
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
  )
  const auth = bytes('BTBZMqHH6r4Tts7J_aSIgg')
  expect(decryptPayload(body, { pair, auth })?.toString()).toBe('When I grow up, I want to be a watermelon')
  expect(decryptPayload(body, { pair, auth: Buffer.alloc(16) })).toBeNull()
})
