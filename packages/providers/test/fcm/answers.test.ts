import { type FcmErrorCode, fcmErrors } from '@ringer/fakes'
import { describe, expect } from 'vitest'
import { attempt, deliver } from '../deliver.ts'
import { android, commit, registrationToken, ringOf } from '../pushes/outgoing-push.ts'
import { firstMessage, it, messageIn, startFcmWorld } from './fcm-world.ts'

const KINDS: Record<FcmErrorCode, string> = {
  INVALID_ARGUMENT: 'rejected',
  // Google also answers this for a bad access token, and Android involves no third party.
  THIRD_PARTY_AUTH_ERROR: 'retryable',
  SENDER_ID_MISMATCH: 'rejected',
  UNREGISTERED: 'unregistered',
  QUOTA_EXCEEDED: 'retryable',
  INTERNAL: 'retryable',
  UNAVAILABLE: 'retryable',
}

describe('Google’s error codes', () => {
  it('map to one outcome each, and only one reports a dead token', async ({ world }) => {
    for (const [reason, { http }] of Object.entries(fcmErrors)) {
      world.fcm.order({ status: http, reason })
      const outcome = await world.sendTo(1)
      expect(outcome, reason).toMatchObject({ kind: KINDS[reason as FcmErrorCode], status: http })
      expect('aboutToken' in outcome, reason).toBe(reason === 'SENDER_ID_MISMATCH')
    }
  })

  // The same code is the answer to a message that is malformed in any other way, which says nothing against the token.
  it.for([
    ['the token', ['message.token'], true],
    ['something else', ['message.data'], false],
    ['the token and something else', ['message.token', 'message.data'], false],
  ] as const)(
    'say of INVALID_ARGUMENT which field is wrong: %s',
    async ([, fields, isAboutToken], { world }) => {
      const details = [
        { '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: 'INVALID_ARGUMENT' },
        {
          '@type': 'type.googleapis.com/google.rpc.BadRequest',
          fieldViolations: fields.map(field => ({ field, description: 'Invalid value' })),
        },
      ]
      const body = JSON.stringify({ error: { code: 400, message: '', status: 'INVALID_ARGUMENT', details } })
      world.fcm.order({ status: 400, body })
      const outcome = await world.sendTo(1)
      expect(outcome).toMatchObject({ kind: 'rejected', status: 400, reason: 'INVALID_ARGUMENT' })
      expect('aboutToken' in outcome).toBe(isAboutToken)
    },
  )

  // Our own mistake was taken for a dead token, and everybody's tokens were deleted.
  it('say nothing against the token if the project does not exist', async ({ world }) => {
    world.fcm.order({ status: 404, reason: 'NOT_FOUND' })
    expect(await world.sendTo(1)).toMatchObject({ kind: 'rejected', status: 404, reason: 'NOT_FOUND' })
  })

  it('say nothing against the token if the project is not ours', async () => {
    const world = await startFcmWorld({ config: { projectId: 'somebody-elses' } })
    expect(await world.sendTo(1)).toMatchObject({ kind: 'rejected', status: 403 })
    await world.close()
  })
})

describe.concurrent('an attempt', () => {
  it.for([
    ['503', { status: 503, reason: 'UNAVAILABLE' }, 503],
    ['503 with Retry-After', { status: 503, reason: 'UNAVAILABLE', retryAfter: 7 }, 503],
    ['503 with a Retry-After of minutes', { status: 503, reason: 'UNAVAILABLE', retryAfter: 120 }, 503],
    ['500', { status: 500, reason: 'INTERNAL' }, 500],
    ['502 in HTML', { status: 502, body: '<html>bad gateway</html>' }, 502],
    ['429 with Retry-After', { status: 429, reason: 'QUOTA_EXCEEDED', retryAfter: 7 }, 429],
  ] as const)('answered %s makes one request and settles at once', async ([, fault, status], { world }) => {
    await world.warmUp()
    world.fcm.order(fault, { times: Number.POSITIVE_INFINITY })
    const { outcome, ms } = await attempt(world.sender, ringOf(android(1)))
    expect(outcome).toMatchObject({ kind: 'retryable', status })
    if ('retryAfter' in fault) expect(outcome).toMatchObject({ retryAfterMs: fault.retryAfter * 1_000 })
    expect(ms).toBeLessThan(3_000)
    await world.sender.close()
    expect(world.fcm.received).toHaveLength(2)
  })

  // These answers were repeated until the deadline: 6 to 11 pushes for one ring.
  it.for([
    ['in HTML', { status: 200, body: '<html>welcome</html>' }],
    ['without a body', { status: 200, body: '' }],
    ['with a body that never ends', { endlessBody: true }],
  ] as const)('answered 200 %s is accepted after one request', async ([, fault], { world }) => {
    await world.warmUp()
    world.fcm.order(fault, { times: Number.POSITIVE_INFINITY })
    const { outcome, ms } = await attempt(world.sender, ringOf(android(1)))
    expect(outcome).toEqual({ kind: 'accepted', status: 200 })
    expect(ms).toBeLessThan(3_000)
    await world.sender.close()
    expect(world.fcm.received).toHaveLength(2)
  })

  it('that is reset makes one request and may have been delivered', async ({ world }) => {
    await world.warmUp()
    world.fcm.order({ reset: true }, { times: Number.POSITIVE_INFINITY })
    const { outcome, ms } = await attempt(world.sender, ringOf(android(1)))
    expect(outcome).toMatchObject({ kind: 'retryable', delivered: 'maybe', reason: 'ECONNRESET' })
    expect(ms).toBeLessThan(3_000)
    await world.sender.close()
    expect(world.fcm.received).toHaveLength(2)
  })

  it('on a refused connection was not delivered', async ({ world }) => {
    await world.warmUp()
    world.fcm.refuseConnections()
    world.fcm.dropConnections()
    await world.sendTo(1)
    expect(await world.sendTo(1)).toMatchObject({ delivered: 'no', reason: 'no connection (ECONNREFUSED)' })
    expect(world.fcm.received).toHaveLength(1)
  })

  it('on a connection with an untrusted certificate was not delivered', async () => {
    const world = await startFcmWorld()
    const distrusting = await startFcmWorld({ config: { ca: undefined, url: world.fcm.url } })
    distrusting.fcm.order({ hang: true })
    const { outcome } = await attempt(distrusting.sender, ringOf(android(1)))
    expect(outcome).toMatchObject({ kind: 'retryable', delivered: 'no' })
    expect(world.fcm.received).toHaveLength(0)
    await distrusting.close()
    await world.close()
  })

  it('sends the time that is left as the ttl, which is shorter on each attempt', async ({ world }) => {
    world.fcm.order({ status: 503, reason: 'UNAVAILABLE' }, { times: 3 })
    const push = ringOf(android(1))
    await deliver(world.sender, push)
    const messages = world.fcm.received.map(({ at, body }) => ({ at, ttl: messageIn(body).ttl }))
    expect(messages).toHaveLength(4)
    for (const { at, ttl } of messages) {
      expect(ttl).toBeGreaterThan(0)
      expect(Math.abs(push.deadline - at - ttl)).toBeLessThan(1_000)
    }
    const ttls = messages.map(({ ttl }) => ttl)
    expect(ttls).toEqual([...new Set(ttls)].sort((a, b) => b - a))
  })

  it('is not made after the deadline', async ({ world }) => {
    const late = ringOf(android(1), { deadline: Date.now() - 1 })
    expect(await world.sender.send(late, commit)).toMatchObject({ kind: 'retryable', delivered: 'no' })
    expect(world.fcm.received).toHaveLength(0)
  })
})

describe('an FCM message', () => {
  it('is data only, with high priority', async ({ world }) => {
    await world.sendTo(1)
    const { message } = firstMessage(world)
    expect(message).toMatchObject({ token: registrationToken(1), android: { priority: 'high' } })
    expect(message).not.toHaveProperty('notification')
    expect(world.fcm.received[0]?.data).toMatchObject({ type: 'incoming_call', callAction: 'initiated' })
  })

  it.for(['ring', 'stop'] as const)(
    'for a browser is urgent there, and ends in time: %s',
    async (kind, { world }) => {
      const ring = ringOf(android(1, { platform: 'web-fcm' }))
      await world.sender.send(kind === 'ring' ? ring : { ...ring, kind, action: 'cancelled' }, commit)
      const [pushed] = world.fcm.received
      const { message } = (pushed?.body ?? {}) as {
        message?: { webpush: { headers: Record<string, string> } }
      }
      const { TTL, ...headers } = message?.webpush.headers ?? {}
      expect(headers).toEqual({ Urgency: 'high', Topic: expect.stringMatching(/^[\w-]{32}$/) })
      expect(Number(TTL)).toBeGreaterThan(25)
      expect(Number(TTL)).toBeLessThanOrEqual(30)
      expect(message).not.toHaveProperty('android')
      expect(message).not.toHaveProperty('notification')
      expect(message).toMatchObject({ data: { callAction: kind === 'ring' ? 'initiated' : 'cancelled' } })
    },
  )

  it('stops a ringing phone', async ({ world }) => {
    await world.sender.send({ ...ringOf(android(1)), kind: 'stop', action: 'cancelled' }, commit)
    expect(world.fcm.received[0]?.data).toMatchObject({ type: 'call_ended', callAction: 'cancelled' })
  })
})
