import { type ApnsReason, apnsRejections } from '@ringer/fakes'
import { describe, expect } from 'vitest'
import { attempt, deliver } from '../deliver.ts'
import { commit, deviceToken, iphone, ringOf, upTo } from '../pushes/outgoing-push.ts'
import { it } from './apns-world.ts'

const unregistered: readonly ApnsReason[] = ['Unregistered', 'ExpiredToken']
const retryable: readonly ApnsReason[] = [
  ...(['ExpiredProviderToken', 'IdleTimeout', 'TooManyProviderTokenUpdates', 'TooManyRequests'] as const),
  ...(['InternalServerError', 'ServiceUnavailable', 'Shutdown'] as const),
]
const aboutToken: readonly ApnsReason[] = ['BadDeviceToken', 'DeviceTokenNotForTopic']
const kindOf = (reason: ApnsReason) =>
  unregistered.includes(reason) ? 'unregistered' : retryable.includes(reason) ? 'retryable' : 'rejected'

const INFINITE = { times: Number.POSITIVE_INFINITY }

describe('Apple’s reasons', () => {
  it('map to one outcome each, and only two report a dead token', async ({ world }) => {
    const since = Date.now() - 5_000
    for (const [reason, status] of Object.entries(apnsRejections) as [ApnsReason, number][]) {
      const device = iphone(1, { environment: 'production' })
      world.production.order({ status, reason, ...(status === 410 && { timestamp: since }) })
      const outcome = await world.sender.send(ringOf(device), commit)
      expect(outcome, reason).toMatchObject({ kind: kindOf(reason), status, reason })
      expect('aboutToken' in outcome, reason).toBe(aboutToken.includes(reason))
      if (outcome.kind === 'unregistered') expect(outcome.since).toBe(since)
      if (outcome.kind === 'retryable') expect(outcome.delivered).toBe('no')
    }
  })

  it('delete nothing if they are unknown', async ({ world }) => {
    world.production.order({ status: 410, reason: 'SomethingNew' })
    expect(await world.sendTo(1)).toMatchObject({ kind: 'rejected', reason: 'SomethingNew' })
    world.production.order({ status: 410, body: '' })
    expect(await world.sendTo(1)).toMatchObject({ kind: 'rejected', reason: 'status 410' })
  })

  it('are not passed on if they contain a device token', async ({ world }) => {
    world.production.order({ status: 400, reason: deviceToken(1) })
    expect(JSON.stringify(await world.sendTo(1))).not.toContain(deviceToken(1))
    world.production.order({ status: 502, body: `<html>${deviceToken(1)}</html>` })
    expect(JSON.stringify(await world.sendTo(1))).not.toContain(deviceToken(1))
  })
})

describe.concurrent('an attempt', () => {
  // node-apn made four attempts in about 10 ms, regardless of Retry-After.
  it('answered 429 with Retry-After is repeated once, after that time', async ({ world }) => {
    await world.warmUp()
    world.production.order({ status: 429, reason: 'TooManyRequests', retryAfter: 2 })
    const attempts = await world.deliverTo(1)
    expect(attempts.map(({ outcome }) => outcome)).toMatchObject([
      { kind: 'retryable', status: 429, reason: 'TooManyRequests', retryAfterMs: 2_000 },
      { kind: 'accepted' },
    ])
    const [first, second] = world.production.received.map(({ at }) => at)
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(1_990)
    expect((second ?? 0) - (first ?? 0)).toBeLessThan(3_500)
    expect(world.production.received).toHaveLength(2)
  })

  it('answered 429 with a Retry-After beyond the deadline is the last one', async ({ world }) => {
    world.production.order({ status: 429, reason: 'TooManyRequests', retryAfter: 60 }, INFINITE)
    expect(await world.deliverTo(1)).toHaveLength(1)
    expect(world.production.received).toHaveLength(1)
  })

  it.for([
    ['503', { status: 503, reason: 'ServiceUnavailable' }, 503],
    ['503 with Retry-After and no body', { status: 503, body: '', retryAfter: 3 }, 503],
    ['500', { status: 500, reason: 'InternalServerError' }, 500],
    ['500 without a reason', { status: 500, body: '' }, 500],
    ['502 in HTML', { status: 502, body: '<html>bad gateway</html>' }, 502],
  ] as const)('answered %s makes one request and settles', async ([, fault, status], { world }) => {
    await world.warmUp()
    world.production.order(fault)
    const { outcome, ms } = await attempt(world.sender, ringOf(iphone(1)))
    expect(outcome).toMatchObject({ kind: 'retryable', status, delivered: 'no' })
    if ('retryAfter' in fault) expect(outcome).toMatchObject({ retryAfterMs: 3_000 })
    expect(ms).toBeLessThan(1_500)
    expect(world.production.received).toHaveLength(1)
  })

  it('answered 200 with a body that never ends is accepted', async ({ world }) => {
    await world.warmUp()
    world.production.order({ endlessBody: true })
    const { outcome, ms } = await attempt(world.sender, ringOf(iphone(1)))
    expect(outcome).toEqual({ kind: 'accepted', status: 200 })
    expect(ms).toBeLessThan(4_000)
  })

  it('is repeated with the same apns-id and an expiration that never moves', async ({ world }) => {
    await world.warmUp()
    world.production.order({ status: 503, reason: 'ServiceUnavailable' }, { times: 2 })
    const push = ringOf(iphone(1))
    await deliver(world.sender, push)
    const headers = world.production.received.map(received => received.headers)
    expect(headers).toHaveLength(3)
    expect(new Set(headers.map(header => header['apns-id'])).size).toBe(1)
    const expirations = new Set(headers.map(header => header['apns-expiration']))
    expect(expirations).toEqual(new Set([String(Math.floor(push.deadline / 1_000))]))
  })
})

describe('a VoIP push', () => {
  it('is sent for a ring and never for a stop, because iOS takes every VoIP push for a call', async ({
    world,
  }) => {
    for (const action of ['cancelled', 'ended', 'ongoing'] as const) {
      const stop = { ...ringOf(iphone(1)), kind: 'stop' as const, action }
      expect(await world.sender.send(stop, commit)).toMatchObject({ kind: 'rejected' })
    }
    expect(world.production.received).toHaveLength(0)
    await world.sendTo(1)
    expect(world.production.received[0]?.headers).toMatchObject({
      'apns-push-type': 'voip',
      'apns-priority': '10',
      'apns-topic': `${world.config.bundleId}.voip`,
    })
    expect(world.production.received[0]?.body).toMatchObject({ callAction: 'initiated', type: 'call' })
  })

  it('is not sent after its deadline', async ({ world }) => {
    const late = ringOf(iphone(1), { deadline: Date.now() - 1 })
    expect(await world.sender.send(late, commit)).toMatchObject({ kind: 'retryable', delivered: 'no' })
    expect(world.production.received).toHaveLength(0)
  })
})

describe('the environment of a token', () => {
  it('is the stored one, or else the configured one', async ({ world }) => {
    await world.sender.send(ringOf(iphone(1, { environment: 'sandbox' })), commit)
    await world.sender.send(ringOf(iphone(2, { environment: 'production' })), commit)
    await world.sender.send(ringOf(iphone(3)), commit)
    expect(world.sandbox.received.map(({ token }) => token)).toEqual([deviceToken(1)])
    expect(world.production.received.map(({ token }) => token)).toEqual([deviceToken(2), deviceToken(3)])
  })

  // Apple answers BadDeviceToken for a token of the other environment. Such tokens were deleted as dead.
  it('is switched for one more attempt if none is stored, and the ring goes out', async ({ world }) => {
    world.devices.set(deviceToken(1), { state: 'active', kind: 'voip', environment: 'sandbox' })
    expect(await world.sendTo(1)).toEqual({ kind: 'accepted', status: 200, environment: 'sandbox' })
    expect(world.production.received).toHaveLength(1)
    expect(world.sandbox.acceptedCount(deviceToken(1))).toBe(1)
  })

  it('is tried once each way if neither environment knows the token, and the push is rejected', async ({
    world,
  }) => {
    for (const apple of [world.production, world.sandbox])
      apple.order({ status: 400, reason: 'BadDeviceToken' }, INFINITE)
    expect(await world.sendTo(1)).toMatchObject({ kind: 'rejected', reason: 'BadDeviceToken' })
    expect([world.production.received.length, world.sandbox.received.length]).toEqual([1, 1])
  })

  it('is never a reason to report a token as dead if it is not on record', async ({ world }) => {
    world.production.order({ status: 400, reason: 'BadDeviceToken' })
    world.sandbox.order({ status: 410, reason: 'Unregistered', timestamp: Date.now() })
    expect(await world.sendTo(1)).toMatchObject({ kind: 'rejected', reason: 'BadDeviceToken' })
  })

  it('is switched again if the attempt in the other environment fails temporarily', async ({ world }) => {
    world.devices.set(deviceToken(1), { state: 'active', kind: 'voip', environment: 'sandbox' })
    world.sandbox.order({ status: 503, reason: 'ServiceUnavailable' })
    const attempts = await world.deliverTo(1)
    expect(attempts.map(({ outcome }) => outcome)).toMatchObject([
      { kind: 'retryable', status: 503 },
      { kind: 'accepted', environment: 'sandbox' },
    ])
    // Each further attempt used to ask the usual environment again, which had refused the token for good.
    expect(world.production.received).toHaveLength(1)
  })

  it('is only the other one after the configured one has refused the token, and the push is rejected', async ({
    world,
  }) => {
    world.production.order({ status: 400, reason: 'BadDeviceToken' })
    const unavailable = { status: 503, reason: 'ServiceUnavailable' }
    world.sandbox.order(unavailable, { times: 2 })
    world.sandbox.order({ status: 400, reason: 'BadDeviceToken' })
    const attempts = await world.deliverTo(1)
    const refused = { environment: 'production', status: 400, reason: 'BadDeviceToken' }
    expect(attempts.map(({ outcome }) => outcome)).toEqual([
      { kind: 'retryable', ...unavailable, delivered: 'no', refused },
      { kind: 'retryable', ...unavailable, delivered: 'no', refused },
      { kind: 'rejected', status: 400, reason: 'BadDeviceToken', why: 'wrong-environment', aboutToken: true },
    ])
    expect([world.production.received.length, world.sandbox.received.length]).toEqual([1, 3])
  })

  it.for([
    ['refuses it as well', { status: 400, reason: 'BadDeviceToken' }, true],
    ['says that it is dead', { status: 410, reason: 'Unregistered', timestamp: 1 }, true],
    ['refuses the credentials', { status: 403, reason: 'InvalidProviderToken' }, false],
    ['refuses the topic', { status: 400, reason: 'TopicDisallowed' }, false],
  ] as const)(
    'counts against the token only if no environment takes it: the other one %s',
    async ([, answer, counts], { world }) => {
      world.production.order({ status: 400, reason: 'BadDeviceToken' })
      world.sandbox.order(answer)
      const outcome = await world.sendTo(1)
      expect(outcome).toMatchObject({ kind: 'rejected', reason: 'BadDeviceToken' })
      expect('aboutToken' in outcome).toBe(counts)
    },
  )

  it('is switched every 4 s while the other environment cannot be reached', async ({ world, expect }) => {
    world.production.order({ status: 400, reason: 'BadDeviceToken' }, INFINITE)
    world.sandbox.refuseConnections()
    const retryAfterMs = async () => {
      const outcome = await world.sendTo(1)
      return outcome.kind === 'retryable' ? outcome.retryAfterMs : undefined
    }
    await expect.poll(retryAfterMs, { timeout: 10_000 }).toBe(4_000)
  })

  it('does not count against the token if the call ends before the other environment is tried', async ({
    world,
  }) => {
    world.production.order({ status: 400, reason: 'BadDeviceToken' })
    let asked = 0
    const outcome = await world.sender.send(ringOf(iphone(1)), async () => ++asked === 1)
    expect(outcome).toEqual({
      ...{ kind: 'rejected', status: 400, reason: 'BadDeviceToken', why: 'wrong-environment' },
    })
    expect(world.sandbox.received).toEqual([])
  })

  it('is not switched again if the call has ended', async ({ world }) => {
    const refused = { environment: 'production', status: 400, reason: 'BadDeviceToken' } as const
    const push = { ...ringOf(iphone(1)), refused }
    expect(await world.sender.send(push, async () => false)).toEqual({ kind: 'withheld' })
    expect([world.production.received, world.sandbox.received]).toEqual([[], []])
  })

  it('is not switched if it is stored', async ({ world }) => {
    world.production.order({ status: 400, reason: 'BadDeviceToken' })
    const outcome = await world.sender.send(ringOf(iphone(1, { environment: 'production' })), commit)
    expect(outcome).toMatchObject({ kind: 'rejected', reason: 'BadDeviceToken' })
    expect(world.sandbox.connectionsTotal).toBe(0)
  })
})

describe('a burst of answers of every kind', () => {
  it('matches each answer to its push', async ({ world }) => {
    const reasons = ['BadDeviceToken', 'Unregistered', 'TooManyRequests', 'TopicDisallowed'] as const
    await world.warmUp()
    for (const number of upTo(200)) {
      const reason = reasons[number % reasons.length] ?? 'BadTopic'
      world.production.order(
        { status: apnsRejections[reason], reason, delayMs: number % 7 },
        { token: deviceToken(number) },
      )
    }
    const outcomes = await Promise.all(
      upTo(200).map(number =>
        world.sender.send(ringOf(iphone(number, { environment: 'production' })), commit),
      ),
    )
    expect(outcomes.map(({ reason }) => reason)).toEqual(
      upTo(200).map(number => reasons[number % reasons.length]),
    )
  })
})
