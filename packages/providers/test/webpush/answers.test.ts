import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createStandInCredentials, type WebPushReason, webPushRejections } from '@ringer/fakes'
import { describe, expect } from 'vitest'
import { buildPayload, MAX_PAYLOAD_BYTES } from '../../src/webpush/payloads/build-payload.ts'
import { attempt } from '../deliver.ts'
import { browser, commit, ringOf, subscription } from '../pushes/outgoing-push.ts'
import { it, startWebPushWorld } from './webpush-world.ts'

const KINDS: Record<WebPushReason, string> = {
  BadTtl: 'rejected',
  BadUrgency: 'rejected',
  BadWebPushTopic: 'rejected',
  BadContentEncoding: 'rejected',
  BadPayload: 'rejected',
  MissingVapid: 'rejected',
  BadJwtToken: 'rejected',
  BadAudience: 'rejected',
  BadExpiry: 'rejected',
  BadSubject: 'rejected',
  VapidPkHashMismatch: 'rejected',
  NotFound: 'unregistered',
  MethodNotAllowed: 'rejected',
  Unregistered: 'unregistered',
  PayloadTooLarge: 'rejected',
  TooManyRequests: 'retryable',
  InternalServerError: 'retryable',
  ServiceUnavailable: 'retryable',
}

describe('the answers of push services', () => {
  it('map to one outcome each', async ({ world }) => {
    for (const [reason, status] of Object.entries(webPushRejections)) {
      world.pushService.order({ status, reason })
      const outcome = await world.sendTo(1)
      expect(outcome, reason).toMatchObject({ kind: KINDS[reason as WebPushReason], status, reason })
      expect('aboutToken' in outcome, reason).toBe(status === 403)
      const why = status === 401 || status === 403 ? 'wrong-vapid-key' : undefined
      if (outcome.kind === 'rejected') expect(outcome.why, reason).toBe(why)
    }
  })

  it.for([
    [
      'Mozilla’s number',
      '{"code":404,"errno":102,"error":"Not Found","message":"no such subscription"}',
      'error 102',
    ],
    ['a sentence', 'the key in the authorization header does not correspond', 'status 404'],
    ['HTML', '<html>not found</html>', 'status 404'],
    ['a reason that is a text', '{"reason":"https://push.example.com/secret"}', 'status 404'],
    ['null', 'null', 'status 404'],
  ] as const)('are recorded with what is safe in them: %s', async ([, body, reason], { world }) => {
    world.pushService.order({ status: 404, body })
    expect(await world.sendTo(1)).toMatchObject({ kind: 'unregistered', status: 404, reason })
  })

  it('say that a browser has unsubscribed', async ({ world }) => {
    world.devices.set(world.browser(1).token, { kind: 'web', state: 'unregistered' })
    expect(await world.sendTo(1)).toMatchObject({ kind: 'unregistered', status: 410, why: 'token-dead' })
  })

  it('say that a subscription was made with another key', async ({ world }) => {
    const { endpoint, keys } = world.pushService.subscribe('BTheKeyOfAnotherApp')
    const device = { ...world.browser(1), token: JSON.stringify({ endpoint, keys }) }
    const outcome = await world.sender.send(ringOf(device), commit)
    expect(outcome).toMatchObject({ kind: 'rejected', status: 403, why: 'wrong-vapid-key', aboutToken: true })
  })

  it('are not followed if they are redirects', async ({ world }) => {
    world.pushService.order({ status: 307, location: `${world.pushService.url}/elsewhere` })
    expect(await world.sendTo(1)).toMatchObject({ kind: 'rejected', status: 307 })
    expect(world.pushService.received).toHaveLength(1)
  })
})

describe.concurrent('an attempt', () => {
  it.for([
    ['503', { status: 503 }, 503],
    ['503 with Retry-After', { status: 503, retryAfter: 7 }, 503],
    ['502 in HTML', { status: 502, body: '<html>bad gateway</html>' }, 502],
    ['429 with Retry-After', { status: 429, retryAfter: 7 }, 429],
  ] as const)('answered %s makes one request and settles at once', async ([, fault, status], { world }) => {
    await world.warmUp()
    world.pushService.order(fault, { times: Number.POSITIVE_INFINITY })
    const { outcome, ms } = await attempt(world.sender, ringOf(world.browser(1)))
    expect(outcome).toMatchObject({ kind: 'retryable', status, delivered: 'no' })
    if ('retryAfter' in fault) expect(outcome).toMatchObject({ retryAfterMs: fault.retryAfter * 1_000 })
    expect(ms).toBeLessThan(1_500)
    await world.sender.close()
    expect(world.pushService.received).toHaveLength(2)
  })

  it('that is reset makes one request and may have been delivered', async ({ world }) => {
    await world.warmUp()
    world.pushService.order({ reset: true }, { times: Number.POSITIVE_INFINITY })
    const { outcome } = await attempt(world.sender, ringOf(world.browser(1)))
    expect(outcome).toMatchObject({ kind: 'retryable', delivered: 'maybe', reason: 'ECONNRESET' })
    await world.sender.close()
    expect(world.pushService.received).toHaveLength(2)
  })

  it('that gets endless interim answers is broken off', async () => {
    const { ca, cert, key } = await createStandInCredentials()
    const server = createServer({ cert, key }, (_request, response) => {
      for (let number = 0; number < 1_000; number += 1) response.writeProcessing()
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const world = await startWebPushWorld({ config: { ca } })
    const token = subscription(1, `https://localhost:${port}/`)
    expect(await world.sender.send(ringOf(browser(1, { token })), commit)).toMatchObject({
      ...{ kind: 'retryable', delivered: 'maybe', reason: 'ETOOMANYINTERIM' },
    })
    await world.close()
    server.close()
  })

  it('on a connection with an untrusted certificate was not delivered', async () => {
    const world = await startWebPushWorld({ config: { ca: undefined } })
    const { outcome } = await attempt(world.sender, ringOf(world.browser(1)))
    expect(outcome).toMatchObject({ kind: 'retryable', delivered: 'no' })
    expect(world.pushService.received).toHaveLength(0)
    await world.close()
  })
})

describe('a web push', () => {
  it('is urgent, ends with the ring, and replaces its own earlier attempts', async ({ world }) => {
    const push = ringOf(world.browser(1))
    world.pushService.order({ status: 503 })
    await world.sender.send(push, commit)
    await world.sender.send(push, commit)
    const [first, second] = world.pushService.received
    expect(first?.headers).toMatchObject({ urgency: 'high', topic: expect.stringMatching(/^[\w-]{32}$/) })
    expect(second?.headers.topic).toBe(first?.headers.topic)
    const left = (push.deadline - (second?.at ?? 0)) / 1_000
    expect(Number(second?.headers.ttl)).toBeLessThanOrEqual(left + 0.1)
    expect(Number(second?.headers.ttl)).toBeGreaterThan(left - 2)
  })

  it('has the keys of an FCM data message', async ({ world }) => {
    await world.sendTo(1)
    expect(world.pushService.received[0]?.data).toMatchObject({
      type: 'incoming_call',
      callAction: 'initiated',
      sender: 'alice',
      hasVideo: expect.stringMatching(/^(true|false)$/),
    })
  })

  it('that stops a ring has its topic, so that it replaces a ring that waits for the browser', async ({
    world,
  }) => {
    const ring = ringOf(world.browser(1))
    await world.sender.send(ring, commit)
    await world.sender.send({ ...ring, kind: 'stop', action: 'cancelled' }, commit)
    const [first, stop] = world.pushService.received
    expect(stop?.data).toMatchObject({ type: 'call_ended', callAction: 'cancelled', uuid: first?.data.uuid })
    expect(stop?.headers.topic).toBe(first?.headers.topic)
  })

  it('for another ring or another browser has another topic', async ({ world }) => {
    await world.sendTo(1)
    await world.sendTo(2)
    await world.sender.send(ringOf(world.browser(1), { ringId: 'ring-2' }), commit)
    expect(new Set(world.pushService.received.map(({ headers }) => headers.topic)).size).toBe(3)
  })

  it('is accepted by the push service at the largest size', async ({ world }) => {
    const push = ringOf(world.browser(1))
    const withPicture = (length: number) => {
      const caller = { uid: 'alice', name: 'Alice', avatar: 'p'.repeat(length) }
      return { ...push, event: { ...push.event, caller } }
    }
    const used = Buffer.byteLength(JSON.stringify(buildPayload(withPicture(1))))
    const outcome = await world.sender.send(withPicture(MAX_PAYLOAD_BYTES - used + 1), commit)
    expect(outcome).toMatchObject({ kind: 'accepted', status: 201 })
    expect(world.pushService.received[0]).toMatchObject({
      bytes: 4_096,
      data: { senderAvatar: expect.any(String) },
    })
  })
})
