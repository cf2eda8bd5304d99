import { APNS_REJECTIONS, type ApnsReason } from '@ringer/fakes'
import { describe, expect } from 'vitest'
import { it } from './apns-world.ts'
import { attempt, deliver } from './deliver.ts'
import { deviceToken, iphone, ringOf, upTo } from './outgoing-push.ts'

const unregistered: readonly ApnsReason[] = ['Unregistered', 'ExpiredToken']
const retryable: readonly ApnsReason[] = [
  ...(['ExpiredProviderToken', 'IdleTimeout', 'TooManyProviderTokenUpdates', 'TooManyRequests'] as const),
  ...(['InternalServerError', 'ServiceUnavailable', 'Shutdown'] as const),
]
const kindOf = (reason: ApnsReason) =>
  unregistered.includes(reason) ? 'unregistered' : retryable.includes(reason) ? 'retryable' : 'rejected'

const INFINITE = { times: Number.POSITIVE_INFINITY }

describe('Apple’s reasons', () => {
  it('each come to one outcome, and only two of them speak of a dead token', async ({ world }) => {
    const since = Date.now() - 5_000
    const told = { environment: 'production' } as const
    for (const [reason, status] of Object.entries(APNS_REJECTIONS) as [ApnsReason, number][]) {
      const device = iphone(1, told)
      world.production.order({ status, reason, ...(status === 410 && { timestamp: since }) })
      const outcome = await world.sender.send(ringOf(device))
      expect(outcome, reason).toMatchObject({ kind: kindOf(reason), status, reason })
      if (outcome.kind === 'unregistered') expect(outcome.since).toBe(since)
      if (outcome.kind === 'retryable') expect(outcome.delivered).toBe('no')
    }
  })

  it('that nobody knew when this was written delete nothing', async ({ world }) => {
    world.production.order({ status: 410, reason: 'SomethingNew' })
    expect(await world.sendTo(1)).toMatchObject({ kind: 'rejected', reason: 'SomethingNew' })
    world.production.order({ status: 410, body: '' })
    expect(await world.sendTo(1)).toMatchObject({ kind: 'rejected', reason: 'status 410' })
  })

  it('that quote a device token are not passed on', async ({ world }) => {
    world.production.order({ status: 400, reason: deviceToken(1) })
    expect(JSON.stringify(await world.sendTo(1))).not.toContain(deviceToken(1))
    world.production.order({ status: 502, body: `<html>${deviceToken(1)}</html>` })
    expect(JSON.stringify(await world.sendTo(1))).not.toContain(deviceToken(1))
  })
})

describe.concurrent('an answer that is no refusal for good', () => {
  // node-apn made four attempts in about 10 ms, whatever Retry-After said.
  it('429 with Retry-After: the next attempt comes after it, once', async ({ world }) => {
    await world.warmUp()
    world.production.order({ status: 429, reason: 'TooManyRequests', retryAfter: 2 })
    const attempts = await world.deliverTo(1)
    expect(attempts.map(({ outcome }) => outcome)).toMatchObject([
      { kind: 'retryable', status: 429, reason: 'TooManyRequests', retryAfterMs: 2_000 },
      { kind: 'accepted' },
    ])
    const [first, second] = world.production.received.slice(1).map(({ at }) => at)
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(1_990)
    expect((second ?? 0) - (first ?? 0)).toBeLessThan(3_500)
    expect(world.production.received).toHaveLength(3)
  })

  it('429 with a Retry-After beyond the deadline: the device is given up', async ({ world }) => {
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
  ] as const)('%s is one request, and settles', async ([, fault, status], { world }) => {
    await world.warmUp()
    world.production.order(fault)
    const { outcome, ms } = await attempt(world.sender, ringOf(iphone(1)))
    expect(outcome).toMatchObject({ kind: 'retryable', status, delivered: 'no' })
    if ('retryAfter' in fault) expect(outcome).toMatchObject({ retryAfterMs: 3_000 })
    expect(ms).toBeLessThan(1_500)
    expect(world.production.received).toHaveLength(2)
  })

  it('a push that is never answered is given up within its limit', async ({ world }) => {
    await world.warmUp()
    world.production.order({ acceptThenHang: true })
    const { outcome, ms } = await attempt(world.sender, ringOf(iphone(1)))
    expect(outcome).toMatchObject({ kind: 'retryable', delivered: 'maybe' })
    expect(ms).toBeLessThan(4_000)
  })

  it('a yes whose body never ends is a yes', async ({ world }) => {
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
    const headers = world.production.received.slice(1).map(received => received.headers)
    expect(headers).toHaveLength(3)
    expect(new Set(headers.map(header => header['apns-id'])).size).toBe(1)
    const expirations = new Set(headers.map(header => header['apns-expiration']))
    expect(expirations).toEqual(new Set([String(Math.floor(push.deadline / 1_000))]))
  })
})

describe('what is sent to an iPhone', () => {
  it('is a ring, or nothing: iOS takes every VoIP push for a call', async ({ world }) => {
    for (const action of ['cancelled', 'ended', 'ongoing'] as const) {
      const stop = { ...ringOf(iphone(1)), kind: 'stop' as const, action }
      expect(await world.sender.send(stop)).toMatchObject({ kind: 'rejected' })
    }
    expect(world.production.connectionsTotal).toBe(0)
    await world.sendTo(1)
    expect(world.production.received[0]?.headers).toMatchObject({
      'apns-push-type': 'voip',
      'apns-priority': '10',
      'apns-topic': `${world.config.bundleId}.voip`,
    })
    expect(world.production.received[0]?.body).toMatchObject({ callAction: 'initiated', type: 'call' })
  })

  it('that is past its deadline is nothing', async ({ world }) => {
    const late = ringOf(iphone(1), { deadline: Date.now() - 1 })
    expect(await world.sender.send(late)).toMatchObject({ kind: 'retryable', delivered: 'no' })
    expect(world.production.connectionsTotal).toBe(0)
  })
})

describe('the environment', () => {
  it('is the token’s own, else the one that is configured', async ({ world }) => {
    await world.sender.send(ringOf(iphone(1, { environment: 'sandbox' })))
    await world.sender.send(ringOf(iphone(2, { environment: 'production' })))
    await world.sender.send(ringOf(iphone(3)))
    expect(world.sandbox.received.map(({ token }) => token)).toEqual([deviceToken(1)])
    expect(world.production.received.map(({ token }) => token)).toEqual([deviceToken(2), deviceToken(3)])
  })

  // A token of the other environment answers BadDeviceToken; it was taken for dead.
  it('that nobody told is tried the other way once, and the ring goes out', async ({ world }) => {
    world.devices.set(deviceToken(1), { state: 'active', kind: 'voip', environment: 'sandbox' })
    expect(await world.sendTo(1)).toEqual({ kind: 'accepted', status: 200, environment: 'sandbox' })
    expect(world.production.received).toHaveLength(1)
    expect(world.sandbox.acceptedCount(deviceToken(1))).toBe(1)
  })

  it('that nobody told, and neither knows the token: rejected after one try each', async ({ world }) => {
    for (const apple of [world.production, world.sandbox])
      apple.order({ status: 400, reason: 'BadDeviceToken' }, INFINITE)
    expect(await world.sendTo(1)).toMatchObject({ kind: 'rejected', reason: 'BadDeviceToken' })
    expect([world.production.received.length, world.sandbox.received.length]).toEqual([1, 1])
  })

  it('that nobody told is never the ground to call a token dead', async ({ world }) => {
    world.production.order({ status: 400, reason: 'BadDeviceToken' })
    world.sandbox.order({ status: 410, reason: 'Unregistered', timestamp: Date.now() })
    expect(await world.sendTo(1)).toMatchObject({ kind: 'rejected', reason: 'BadDeviceToken' })
  })

  it('that nobody told is asked for again when the other one gives no answer', async ({ world }) => {
    world.devices.set(deviceToken(1), { state: 'active', kind: 'voip', environment: 'sandbox' })
    world.sandbox.order({ status: 503, reason: 'ServiceUnavailable' })
    const attempts = await world.deliverTo(1)
    expect(attempts.map(({ outcome }) => outcome.kind)).toEqual(['retryable', 'accepted'])
  })

  it('that the app told is believed', async ({ world }) => {
    world.production.order({ status: 400, reason: 'BadDeviceToken' })
    const outcome = await world.sender.send(ringOf(iphone(1, { environment: 'production' })))
    expect(outcome).toMatchObject({ kind: 'rejected', reason: 'BadDeviceToken' })
    expect(world.sandbox.connectionsTotal).toBe(0)
  })
})

describe('a burst of answers of every kind', () => {
  it('mixes up nobody’s', async ({ world }) => {
    const reasons = ['BadDeviceToken', 'Unregistered', 'TooManyRequests', 'TopicDisallowed'] as const
    await world.warmUp()
    for (const number of upTo(200)) {
      const reason = reasons[number % reasons.length] ?? 'BadTopic'
      world.production.order(
        { status: APNS_REJECTIONS[reason], reason, delayMs: number % 7 },
        { token: deviceToken(number) },
      )
    }
    const outcomes = await Promise.all(
      upTo(200).map(number => world.sender.send(ringOf(iphone(number, { environment: 'production' })))),
    )
    expect(outcomes.map(({ reason }) => reason)).toEqual(
      upTo(200).map(number => reasons[number % reasons.length]),
    )
  })
})
