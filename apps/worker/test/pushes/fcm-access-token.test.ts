import { describe, expect } from 'vitest'
import { attempt, lastKinds } from './deliver.ts'
import { firstMessage, it, startFcmWorld } from './fcm-world.ts'
import { android, ringOf, upTo } from './outgoing-push.ts'

const MINUTE_MS = 60_000
const INFINITE = { times: Number.POSITIVE_INFINITY }

describe.concurrent('the access token', () => {
  it('is asked for once by all the pushes that need the first one', async ({ world }) => {
    expect(new Set(lastKinds(await Promise.all(upTo(100).map(world.deliverTo))))).toEqual(
      new Set(['accepted']),
    )
    expect(world.fcm.tokenRequests).toBe(1)
  })

  // firebase-admin has every push wait for the renewal, although the old token is good for minutes.
  it('is renewed in the background, and no push waits for that', async ({ world }) => {
    await world.warmUp()
    world.advance(51 * MINUTE_MS)
    world.fcm.orderTokenRequest({ hang: true })
    const outcomes = await Promise.all(upTo(20).map(world.sendTo))
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true)
    expect(world.fcm.tokenRequests).toBe(2)
  })

  it('that could not be renewed is used to its end, and asked for again meanwhile', async ({ world }) => {
    await world.warmUp()
    world.advance(51 * MINUTE_MS)
    world.fcm.orderTokenRequest({ status: 500, body: '{}' })
    expect(await world.sendTo(1)).toMatchObject({ kind: 'accepted' })
    await expect.poll(() => world.fcm.tokenRequests).toBe(2)
    for (const number of upTo(10)) await world.sendTo(number)
    expect(world.fcm.tokenRequests).toBe(2)
    world.advance(6_000)
    expect(await world.sendTo(3)).toMatchObject({ kind: 'accepted' })
    await expect.poll(() => world.fcm.tokenRequests).toBe(3)
  })

  it('that was revoked costs one 401, and the next attempt has a new one', async ({ world }) => {
    await world.warmUp()
    world.fcm.revokeAccessTokens()
    const attempts = await world.deliverTo(1)
    expect(attempts.map(({ outcome }) => outcome)).toMatchObject([
      { kind: 'retryable', status: 401, delivered: 'no' },
      { kind: 'accepted' },
    ])
    await world.deliverTo(2)
    expect(world.fcm.received.filter(({ status }) => status === 401)).toHaveLength(1)
    expect(world.fcm.tokenRequests).toBe(2)
  })

  it('that was revoked under many pushes is replaced once', async ({ world }) => {
    await world.warmUp()
    world.fcm.order({ status: 401, reason: 'UNAUTHENTICATED' }, { times: 20 })
    world.fcm.order({ status: 401, reason: 'UNAUTHENTICATED', delayMs: 600 }, { times: 20 })
    const deliveries = await Promise.all(upTo(40).map(world.deliverTo))
    expect(new Set(lastKinds(deliveries))).toEqual(new Set(['accepted']))
    expect(world.fcm.tokenRequests).toBe(2)
  })

  it.for([
    ['is refused', { status: 400, body: '{"error":"invalid_grant"}' }],
    ['is refused for now', { status: 503, body: '' }],
    ['cannot be read', { status: 200, body: '<html>ya29.secret</html>' }],
    ['is cut off', { reset: true }],
    ['never comes', { hang: true }],
    ['never ends', { endlessBody: true }],
  ] as const)(
    'that %s fails the attempt within its limit, and nothing was sent',
    async ([, fault], { world }) => {
      world.fcm.orderTokenRequest(fault, INFINITE)
      const { outcome, ms } = await attempt(world.sender, ringOf(android(1)))
      expect(outcome).toMatchObject({ kind: 'retryable', delivered: 'no' })
      expect(outcome.reason).not.toContain('ya29')
      expect(ms).toBeLessThan(5_500)
      expect(world.fcm.received).toHaveLength(0)
    },
  )

  it('that never comes is asked for again', async ({ world }) => {
    world.fcm.orderTokenRequest({ hang: true })
    expect(lastKinds(await Promise.all([1, 2].map(world.deliverTo)))).toEqual(['accepted', 'accepted'])
    expect(world.fcm.tokenRequests).toBe(2)
  })

  it('that comes late is sent with what is left of the ring by then', async ({ world }) => {
    world.fcm.orderTokenRequest({ delayMs: 1_500 })
    const push = ringOf(android(1))
    expect(await world.sender.send(push)).toMatchObject({ kind: 'accepted' })
    const { at, ttl } = firstMessage(world)
    expect(ttl).toBeLessThanOrEqual(push.deadline - at + 500)
  })

  it('is not asked for by every push while its endpoint is down', async ({ world }) => {
    world.fcm.orderTokenRequest({ status: 503, body: '' }, INFINITE)
    for (const number of upTo(50)) await world.sendTo(number)
    expect(world.fcm.tokenRequests).toBeLessThanOrEqual(10)
  })

  it('is had over plain http from a stand-in', async () => {
    const world = await startFcmWorld({ tls: false })
    expect(await world.sendTo(1)).toMatchObject({ kind: 'accepted' })
    await world.close()
  })
})
