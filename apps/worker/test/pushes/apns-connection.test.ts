import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { it } from './apns-world.ts'
import { attempt, lastKinds } from './deliver.ts'
import { deviceToken, iphone, ringOf, upTo } from './outgoing-push.ts'

describe.concurrent('a connection that goes silent', () => {
  // A firewall dropped it: every push timed out, and node-apn never opened another connection.
  it('is replaced, and the ring leaves on a fresh one within 3 s', async ({ world }) => {
    await world.warmUp()
    world.production.freeze()
    const startedAt = performance.now()
    const attempts = await world.deliverTo(1)
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    expect(attempts.map(({ outcome }) => outcome)).toEqual([
      {
        kind: 'retryable',
        reason: 'the connection went silent',
        delivered: 'maybe',
        retryAfterMs: undefined,
      },
      { kind: 'accepted', status: 200 },
    ])
    expect(world.production.accepted(deviceToken(1)).map(({ connection }) => connection)).toEqual([2])
  })

  it('is replaced once for all the pushes that it leaves without an answer', async ({ world }) => {
    await world.warmUp()
    world.production.freeze()
    const deliveries = await Promise.all(upTo(100).map(world.deliverTo))
    expect(new Set(lastKinds(deliveries))).toEqual(new Set(['accepted']))
    expect(deliveries.every(attempts => attempts.length === 2)).toBe(true)
    expect(world.production.connectionsTotal).toBe(2)
  })

  it('while pushes are under way on it is replaced too', async ({ world }) => {
    await world.warmUp()
    world.production.order({ delayMs: 60_000 })
    const stuck = world.deliverTo(1)
    await world.production.waitFor(received => received.length === 2)
    world.production.freeze()
    const attempts = await stuck
    expect(attempts.map(({ outcome }) => outcome.kind)).toEqual(['retryable', 'accepted'])
    expect(attempts[0]?.ms).toBeLessThan(2_500)
  })

  // The first call after an idle night met a dead connection.
  it('in an idle night costs the first call less than a second', async ({ world }) => {
    await world.warmUp()
    world.advance(10 * 3_600_000)
    world.production.freeze()
    const push = ringOf(iphone(1))
    const { outcome, ms } = await attempt(world.sender, { ...push, deadline: push.deadline + 10 * 3_600_000 })
    expect(outcome).toMatchObject({ kind: 'retryable' })
    expect(ms).toBeLessThan(750)
  })

  it('before it was ever open is given up for another', async ({ world }) => {
    world.production.freeze({ newConnections: true })
    const { outcome, ms } = await attempt(world.sender, ringOf(iphone(1)))
    expect(outcome).toMatchObject({ kind: 'retryable', reason: 'no answer in time' })
    expect(ms).toBeLessThan(4_000)
    world.production.freeze()
    expect(await world.sendTo(1)).toMatchObject({ kind: 'accepted' })
  })

  it('though it still answers pings is replaced after a while', async ({ world }) => {
    await world.warmUp()
    world.production.order({ hang: true }, { times: 3 })
    const attempts = await world.deliverTo(1)
    expect(attempts.map(({ outcome }) => outcome.kind)).toEqual([
      ...['retryable', 'retryable', 'retryable', 'accepted'],
    ])
    expect(world.production.connectionsTotal).toBe(2)
  })
})

describe.concurrent('a connection that is slow, but lives', () => {
  it('is not replaced', async ({ world }) => {
    await world.warmUp()
    world.production.order({ delayMs: 1_400 }, { times: 50 })
    const slow = await Promise.all(upTo(50).map(world.deliverTo))
    expect(new Set(lastKinds(slow))).toEqual(new Set(['accepted']))
    expect(slow.every(attempts => attempts.length === 1)).toBe(true)
    expect(world.production.connectionsTotal).toBe(1)
  })

  it('is not replaced for one push that hangs, nor is any other push lost', async ({ world }) => {
    await world.warmUp()
    world.production.order({ hang: true }, { token: deviceToken(1) })
    const [hung, ...others] = await Promise.all(upTo(20).map(world.deliverTo))
    expect(hung?.map(({ outcome }) => outcome.kind)).toEqual(['retryable', 'accepted'])
    expect(others.every(attempts => attempts.length === 1)).toBe(true)
    expect(world.production.connectionsTotal).toBe(1)
  })
})

describe.concurrent('the first push of a connection', () => {
  // Apple allows one stream until a push was accepted: of 50 at once, 49 were refused.
  it('goes alone, and none of those that come with it is refused', async ({ world }) => {
    const outcomes = await Promise.all(upTo(200).map(world.sendTo))
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true)
    expect(world.production.received).toHaveLength(200)
  })

  it('may be one that Apple refuses', async ({ world }) => {
    world.production.order({ status: 400, reason: 'BadDeviceToken' }, { token: deviceToken(1) })
    world.production.order({ status: 410, reason: 'Unregistered' }, { token: deviceToken(2) })
    const outcomes = await Promise.all(
      upTo(100).map(number => world.sender.send(ringOf(iphone(number, { environment: 'production' })))),
    )
    expect(outcomes.slice(0, 2).map(({ kind }) => kind)).toEqual(['rejected', 'unregistered'])
    expect(outcomes.slice(2).every(({ kind }) => kind === 'accepted')).toBe(true)
    expect(world.production.received).toHaveLength(100)
  })

  it('does not make the others wait one after another when it hangs', async ({ world }) => {
    world.production.order({ hang: true })
    const attempts = await Promise.all(upTo(50).map(number => attempt(world.sender, ringOf(iphone(number)))))
    expect(Math.max(...attempts.map(({ ms }) => ms))).toBeLessThan(4_000)
    const others = attempts.slice(1).map(({ outcome }) => outcome)
    expect(others).toEqual(
      others.map(() => ({
        kind: 'retryable',
        reason: 'not sent: the first push of the connection failed',
        delivered: 'no',
      })),
    )
  })

  it('is delivered in the end, as are those that waited for it', async ({ world }) => {
    world.production.order({ hang: true })
    expect(new Set(lastKinds(await Promise.all(upTo(50).map(world.deliverTo))))).toEqual(
      new Set(['accepted']),
    )
  })
})

describe.concurrent('the limit of streams', () => {
  it('of one for ever loses nothing, and is never exceeded', async ({ world }) => {
    world.production.setStreamLimit(1)
    const outcomes = await Promise.all(upTo(300).map(world.sendTo))
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true)
    expect(world.production.received).toHaveLength(300)
  })

  it('that Apple lowers to one in mid-burst, and raises again, loses nothing', async ({ world }) => {
    await world.warmUp()
    world.production.order({ delayMs: 20 }, { times: 120 })
    const lowered = upTo(200).map(world.deliverTo)
    await world.production.waitFor(received => received.length > 20)
    world.production.setStreamLimit(1)
    const raised = upTo(200).map(number => world.deliverTo(200 + number))
    await world.production.waitFor(received => received.length > 260, { timeoutMs: 15_000 })
    world.production.setStreamLimit(1_000)
    const deliveries = await Promise.all([...lowered, ...raised])
    expect(new Set(lastKinds(deliveries))).toEqual(new Set(['accepted']))
    for (const number of upTo(400)) expect(world.production.acceptedCount(deviceToken(number))).toBe(1)
  })

  it('does not count the wait for a stream as time that Apple took', async ({ world }) => {
    world.production.setStreamLimit(1)
    world.production.order({ delayMs: 100 }, { times: 40 })
    const attempts = await Promise.all(upTo(40).map(number => attempt(world.sender, ringOf(iphone(number)))))
    expect(attempts.every(({ outcome }) => outcome.kind === 'accepted')).toBe(true)
    expect(Math.max(...attempts.map(({ ms }) => ms))).toBeGreaterThan(3_000)
  })

  it('keeps a push waiting until its deadline and no longer', async ({ world }) => {
    await world.warmUp()
    world.production.setStreamLimit(1)
    await world.sendTo(1)
    world.production.order({ delayMs: 1_500 })
    const first = world.sendTo(2)
    const { outcome, ms } = await attempt(world.sender, ringOf(iphone(3), { deadline: Date.now() + 300 }))
    expect(outcome).toMatchObject({ kind: 'retryable', delivered: 'no' })
    expect(ms).toBeLessThan(1_000)
    await first
    expect(world.production.acceptedCount(deviceToken(3))).toBe(0)
  })
})

describe.concurrent('GOAWAY in mid-burst', () => {
  // node-apn destroyed the connection with all that was under way: 30 of 30 pushes failed.
  it('delivers everything, once each, with the same apns-id', async ({ world }) => {
    await world.warmUp()
    world.production.order({ delayMs: 30 }, { times: 40 })
    world.production.order({ goaway: true })
    const deliveries = await Promise.all(upTo(120).map(world.deliverTo))
    expect(new Set(lastKinds(deliveries))).toEqual(new Set(['accepted']))
    for (const number of upTo(120)) {
      const pushes = world.production.received.filter(({ token }) => token === deviceToken(number))
      expect(pushes.filter(({ accepted }) => accepted)).toHaveLength(1)
      expect(new Set(pushes.map(({ headers }) => headers['apns-id'])).size).toBe(1)
    }
    expect(world.production.connectionsTotal).toBe(2)
  })

  it('lets what Apple has begun end', async ({ world }) => {
    await world.warmUp()
    world.production.order({ delayMs: 500 }, { times: 20 })
    const slow = upTo(20).map(world.sendTo)
    await world.production.waitFor(received => received.length === 21)
    world.production.order({ goaway: true, after: true })
    expect(await world.sendTo(21)).toMatchObject({ kind: 'accepted' })
    expect(lastKinds([await world.deliverTo(22)])).toEqual(['accepted'])
    expect((await Promise.all(slow)).every(({ kind }) => kind === 'accepted')).toBe(true)
    expect(world.production.received.at(-1)?.connection).toBe(2)
  })

  it('is followed by a connection whose first push goes alone too', async ({ world }) => {
    await world.warmUp()
    world.production.order({ delayMs: 800 })
    const slow = world.sendTo(1)
    await world.production.waitFor(received => received.length === 2)
    world.production.order({ goaway: true, after: true })
    await world.sendTo(2)
    // GOAWAY follows the answer on the heels.
    for (const _ of upTo(10)) await nextTurn()
    const outcomes = await Promise.all(upTo(50).map(number => world.sendTo(10 + number)))
    expect(outcomes.filter(({ kind }) => kind !== 'accepted')).toEqual([])
    expect(await slow).toMatchObject({ kind: 'accepted' })
    expect(world.production.connectionsTotal).toBe(2)
  })
})

describe.concurrent('a stream or connection that breaks', () => {
  it('REFUSED_STREAM was not processed, and goes again at once with the same apns-id', async ({ world }) => {
    await world.warmUp()
    world.production.order({ refuseStream: true })
    const attempts = await world.deliverTo(1)
    expect(attempts.map(({ outcome }) => outcome)).toMatchObject([
      { kind: 'retryable', reason: 'stream refused', delivered: 'no' },
      { kind: 'accepted' },
    ])
    const ids = world.production.received.slice(1).map(({ headers }) => headers['apns-id'])
    expect(ids).toEqual([ids[0], ids[0]])
  })

  it('RST_STREAM may have been delivered, and goes again with the same apns-id', async ({ world }) => {
    await world.warmUp()
    world.production.order({ reset: true })
    const attempts = await world.deliverTo(1)
    expect(attempts[0]?.outcome).toMatchObject({ kind: 'retryable', delivered: 'maybe' })
    expect(attempts.at(-1)?.outcome.kind).toBe('accepted')
    const ids = world.production.received.slice(1).map(({ headers }) => headers['apns-id'])
    expect(ids).toEqual([ids[0], ids[0]])
  })

  it('connection resets in mid-burst lose nothing', async ({ world }) => {
    await world.warmUp()
    world.production.order({ delayMs: 50 }, { times: 100 })
    const deliveries = upTo(100).map(world.deliverTo)
    await world.production.waitFor(received => received.length > 80)
    world.production.dropConnections()
    expect(new Set(lastKinds(await Promise.all(deliveries)))).toEqual(new Set(['accepted']))
  })

  it('a refused connection is told from a push that may have arrived', async ({ world }) => {
    world.production.refuseConnections()
    expect(await world.sendTo(1)).toMatchObject({
      ...{ kind: 'retryable', delivered: 'no', reason: 'no connection (ECONNREFUSED)' },
    })
    await world.production.acceptConnections()
    expect(lastKinds([await world.deliverTo(1)])).toEqual(['accepted'])
  })

  it('a 500 does not take the neighbours with it', async ({ world }) => {
    await world.warmUp()
    world.production.order({ delayMs: 1_500 }, { times: 20 })
    const neighbours = upTo(20).map(number => attempt(world.sender, ringOf(iphone(number))))
    await world.production.waitFor(received => received.length === 21)
    world.production.order({ status: 500, reason: 'InternalServerError' })
    const failed = await attempt(world.sender, ringOf(iphone(21)))
    expect(failed.outcome).toMatchObject({ kind: 'retryable', status: 500, reason: 'InternalServerError' })
    expect(failed.ms).toBeLessThan(1_000)
    for (const { outcome } of await Promise.all(neighbours)) expect(outcome.kind).toBe('accepted')
    expect(await world.sendTo(22)).toMatchObject({ kind: 'accepted' })
  })
})

describe.concurrent('a provider that is down', () => {
  it('is left alone, and found again within a second or so', async ({ world }) => {
    world.production.refuseConnections()
    for (const number of upTo(5)) await world.sendTo(number)
    const held = await world.sendTo(6)
    expect(held).toMatchObject({
      kind: 'retryable',
      delivered: 'no',
      reason: 'not sent: Apple does not answer',
    })
    await world.production.acceptConnections()
    const startedAt = performance.now()
    expect(new Set(lastKinds(await Promise.all(upTo(100).map(world.deliverTo))))).toEqual(
      new Set(['accepted']),
    )
    expect(performance.now() - startedAt).toBeLessThan(3_000)
  })

  it('is tried all the same for a ring that cannot wait', async ({ world }) => {
    world.production.refuseConnections()
    for (const number of upTo(5)) await world.sendTo(number)
    await world.production.acceptConnections()
    const urgent = ringOf(iphone(6), { deadline: Date.now() + 500 })
    expect(await world.sender.send(urgent)).toMatchObject({ kind: 'accepted' })
  })
})
