import { describe, expect, vi } from 'vitest'
import { attempt, lastKinds } from '../deliver.ts'
import { commit, deviceToken, iphone, ringOf, upTo } from '../pushes/outgoing-push.ts'
import { it } from './apns-world.ts'

describe.concurrent('a connection that goes silent', () => {
  // A firewall dropped the connection: every push timed out, and node-apn never opened another one.
  it('is replaced, and the ring is sent on a fresh one within 3 s', async ({ world }) => {
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
    // Both connections had gone silent.
    expect(world.production.accepted(deviceToken(1))[0]?.connection).toBeGreaterThan(2)
  })

  it('is replaced once for all of its unanswered pushes', async ({ world, expect }) => {
    await world.warmUp()
    world.production.freeze()
    const deliveries = await Promise.all(upTo(100).map(world.deliverTo))
    expect(new Set(lastKinds(deliveries))).toEqual(new Set(['accepted']))
    expect(deliveries.every(attempts => attempts.length === 2)).toBe(true)
    // Each of the two sessions was. The second one may still be opened in the background.
    await expect.poll(() => world.production.connectionsTotal).toBe(4)
  })

  it('is replaced while pushes are under way on it', async ({ world }) => {
    await world.warmUp()
    world.production.order({ delayMs: 60_000 })
    const stuck = world.deliverTo(1)
    await world.production.waitFor(received => received.length === 1)
    world.production.freeze()
    const attempts = await stuck
    expect(attempts.map(({ outcome }) => outcome.kind)).toEqual(['retryable', 'accepted'])
    expect(attempts[0]?.ms).toBeLessThan(2_500)
  })

  // The first call after an idle night met a dead connection.
  it('in an idle night delays the first call by less than a second', async ({ world }) => {
    await world.warmUp()
    world.advance(10 * 3_600_000)
    world.production.freeze()
    const push = ringOf(iphone(1))
    const { outcome, ms } = await attempt(world.sender, { ...push, deadline: push.deadline + 10 * 3_600_000 })
    expect(outcome).toMatchObject({ kind: 'retryable' })
    expect(ms).toBeLessThan(1_000)
  })

  it('before it is open is replaced', async ({ world, expect }) => {
    world.production.freeze({ newConnections: true })
    const attempts = world.deliverTo(1)
    await expect.poll(() => world.production.connectionsTotal, { timeout: 6_000 }).toBeGreaterThan(1)
    world.production.thaw()
    expect((await attempts).at(-1)?.outcome).toMatchObject({ kind: 'accepted' })
  })

  // Streams that Apple never answered were given up one by one, for 8 s, and the session was kept.
  it('but still answers PINGs is replaced: every ring is sent within 2 s', async ({ world, expect }) => {
    await world.warmUp()
    world.production.order({ hang: true }, { connection: 1, times: Number.POSITIVE_INFINITY })
    const startedAt = Date.now()
    const deliveries = await Promise.all(upTo(40).map(world.deliverTo))
    expect(new Set(lastKinds(deliveries))).toEqual(new Set(['accepted']))
    for (const number of upTo(40)) {
      const [push] = world.production.accepted(deviceToken(number))
      // 2 s are promised. The rest is for the machine, on which other tests run at the same time.
      expect((push?.at ?? 0) - startedAt).toBeLessThan(3_000)
    }
    await expect.poll(() => world.production.connectionsTotal).toBe(3)
  })
})

describe.concurrent('a connection that is slow but alive', () => {
  it('is not replaced', async ({ world }) => {
    await world.warmUp()
    world.production.order({ delayMs: 1_400 }, { times: Number.POSITIVE_INFINITY })
    const slow = await Promise.all(upTo(50).map(world.deliverTo))
    expect(new Set(lastKinds(slow))).toEqual(new Set(['accepted']))
    expect(slow.every(attempts => attempts.length === 1)).toBe(true)
    expect(world.production.connectionsTotal).toBe(2)
  })

  it('is not replaced because one push hangs; that push is sent again on another one within 2 s', async ({
    world,
  }) => {
    await world.warmUp()
    world.production.order({ hang: true }, { token: deviceToken(1) })
    const hung = attempt(world.sender, ringOf(iphone(1)))
    await world.production.waitFor(received => received.length === 1)
    const others = await Promise.all(upTo(20).map(number => world.deliverTo(1 + number)))
    expect(others.every(attempts => attempts.length === 1)).toBe(true)
    const { outcome, ms } = await hung
    expect(outcome).toMatchObject({ kind: 'accepted' })
    expect(ms).toBeLessThan(5_000)
    expect(world.production.connectionsTotal).toBe(2)
  })
})

describe.concurrent('the first push of a connection', () => {
  // Apple allows one stream until it has accepted a push: of 50 pushes at once, 49 were refused.
  it('is sent alone, so that none of the pushes behind it is refused', async ({ world }) => {
    const outcomes = await Promise.all(upTo(200).map(world.sendTo))
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true)
    expect(world.production.received).toHaveLength(200)
  })

  it('may be refused without any effect on the others', async ({ world }) => {
    world.production.order({ status: 400, reason: 'BadDeviceToken' }, { token: deviceToken(1) })
    world.production.order({ status: 410, reason: 'Unregistered' }, { token: deviceToken(2) })
    const outcomes = await Promise.all(
      upTo(100).map(number =>
        world.sender.send(ringOf(iphone(number, { environment: 'production' })), commit),
      ),
    )
    expect(outcomes.slice(0, 2).map(({ kind }) => kind)).toEqual(['rejected', 'unregistered'])
    expect(outcomes.slice(2).every(({ kind }) => kind === 'accepted')).toBe(true)
    expect(world.production.received).toHaveLength(100)
  })

  // A new session has room for one push until Apple has answered it. The others waited for its second attempt.
  it('does not hold up the pushes behind it if it hangs', async ({ world }) => {
    world.production.order({ hang: true }, { token: deviceToken(0), times: Number.POSITIVE_INFINITY })
    const hung = world.sender.send(ringOf(iphone(0), { deadline: Date.now() + 5_000 }), commit)
    const attempts = await Promise.all(upTo(50).map(world.deliverTo))
    expect(new Set(lastKinds(attempts))).toEqual(new Set(['accepted']))
    expect(await hung).toMatchObject({ kind: 'retryable', reason: 'no answer in time' })
  })
})

describe.concurrent('the stream limit', () => {
  it('is never exceeded if it stays at one, and no push is lost', async ({ world }) => {
    world.production.setStreamLimit(1)
    const outcomes = await Promise.all(upTo(300).map(world.sendTo))
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true)
    expect(world.production.received).toHaveLength(300)
  })

  it('may drop to one and rise again during a burst, and no push is lost', async ({ world }) => {
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

  it('delays a push until there is room', async ({ world }) => {
    world.production.setStreamLimit(1)
    world.production.order({ delayMs: 100 }, { times: 80 })
    const attempts = await Promise.all(upTo(80).map(number => attempt(world.sender, ringOf(iphone(number)))))
    expect(attempts.every(({ outcome }) => outcome.kind === 'accepted')).toBe(true)
    expect(Math.max(...attempts.map(({ ms }) => ms))).toBeGreaterThan(3_000)
  })

  // Its bytes would wait in this process while the call may end, or another worker may ring the phone.
  it('may drop while a push asks whether it may leave: then it is not sent', async ({ world }) => {
    await world.warmUp()
    world.production.order({ hang: true }, { times: 2 })
    const hanging = Promise.all([world.sendTo(1), world.sendTo(2)])
    await world.production.waitFor(received => received.length === 2)
    const asked = Promise.withResolvers<boolean>()
    const push = ringOf(iphone(3))
    const sent = world.sender.send(push, () => asked.promise)
    world.production.setStreamLimit(1)
    await vi.waitFor(() => expect(world.sender.hasRoom(push.device)).toBe(false))
    asked.resolve(true)
    expect(await sent).toMatchObject({ kind: 'retryable', delivered: 'no' })
    expect(world.production.received).toHaveLength(2)
    world.production.setStreamLimit(1_000)
    await hanging
  })

  it('delays a push until its deadline at most', async ({ world }) => {
    await world.warmUp()
    world.production.setStreamLimit(1)
    // The new limit has arrived with the answers.
    await Promise.all([world.sendTo(1), world.sendTo(1)])
    world.production.order({ delayMs: 1_500 }, { times: 2 })
    const first = Promise.all([world.sendTo(2), world.sendTo(2)])
    const { outcome, ms } = await attempt(world.sender, ringOf(iphone(3), { deadline: Date.now() + 300 }))
    expect(outcome).toMatchObject({ kind: 'retryable', delivered: 'no' })
    expect(ms).toBeLessThan(1_000)
    await first
    expect(world.production.acceptedCount(deviceToken(3))).toBe(0)
  })
})

describe.concurrent('GOAWAY during a burst', () => {
  // node-apn destroyed the connection with all pushes under way: 30 of 30 failed.
  it('loses no push: each is delivered once, with the same apns-id', async ({ world, expect }) => {
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
    await expect.poll(() => world.production.connectionsTotal).toBe(3)
  })

  it('lets the pushes finish that Apple has begun', async ({ world }) => {
    await world.warmUp()
    world.production.order({ delayMs: 500 }, { times: 20 })
    const slow = upTo(20).map(world.sendTo)
    await world.production.waitFor(received => received.length === 20)
    world.production.goaway()
    expect(lastKinds([await world.deliverTo(21)])).toEqual(['accepted'])
    expect((await Promise.all(slow)).every(({ kind }) => kind === 'accepted')).toBe(true)
    expect(world.production.received.at(-1)?.connection).toBeGreaterThan(2)
  })

  it('is followed by connections whose first push is sent alone as well', async ({ world, expect }) => {
    await world.warmUp()
    world.production.order({ delayMs: 800 })
    const slow = world.sendTo(1)
    await world.production.waitFor(received => received.length === 1)
    world.production.goaway()
    await expect.poll(() => world.production.connectionsTotal).toBe(3)
    const outcomes = await Promise.all(upTo(50).map(number => world.sendTo(10 + number)))
    expect(outcomes.filter(({ kind }) => kind !== 'accepted')).toEqual([])
    expect(await slow).toMatchObject({ kind: 'accepted' })
    expect(world.production.connectionsTotal).toBe(4)
  })
})

describe.concurrent('a push whose stream or connection breaks', () => {
  it('was not processed if it got REFUSED_STREAM, and is sent again at once with the same apns-id', async ({
    world,
  }) => {
    await world.warmUp()
    world.production.order({ refuseStream: true })
    const attempts = await world.deliverTo(1)
    expect(attempts.map(({ outcome }) => outcome)).toMatchObject([
      { kind: 'retryable', reason: 'stream refused', delivered: 'no' },
      { kind: 'accepted' },
    ])
    const ids = world.production.received.map(({ headers }) => headers['apns-id'])
    expect(ids).toEqual([ids[0], ids[0]])
  })

  it('may have been delivered if it got RST_STREAM, and is sent again with the same apns-id', async ({
    world,
  }) => {
    await world.warmUp()
    world.production.order({ reset: true })
    const attempts = await world.deliverTo(1)
    expect(attempts[0]?.outcome).toMatchObject({ kind: 'retryable', delivered: 'maybe' })
    expect(attempts.at(-1)?.outcome.kind).toBe('accepted')
    const ids = world.production.received.map(({ headers }) => headers['apns-id'])
    expect(ids).toEqual([ids[0], ids[0]])
  })

  it('is not lost if connections reset during a burst', async ({ world }) => {
    await world.warmUp()
    world.production.order({ delayMs: 50 }, { times: 100 })
    const deliveries = upTo(100).map(world.deliverTo)
    await world.production.waitFor(received => received.length > 80)
    world.production.dropConnections()
    expect(new Set(lastKinds(await Promise.all(deliveries)))).toEqual(new Set(['accepted']))
  })

  it('was not delivered if the connection was refused', async ({ world }) => {
    world.production.refuseConnections()
    expect(await world.sendTo(1)).toMatchObject({
      ...{ kind: 'retryable', delivered: 'no', reason: 'no connection (ECONNREFUSED)' },
    })
    await world.production.acceptConnections()
    expect(lastKinds([await world.deliverTo(1)])).toEqual(['accepted'])
  })

  it('fails alone if Apple answers 500', async ({ world }) => {
    await world.warmUp()
    world.production.order({ delayMs: 1_500 }, { times: 20 })
    const others = upTo(20).map(number => attempt(world.sender, ringOf(iphone(number))))
    await world.production.waitFor(received => received.length === 20)
    world.production.order({ status: 500, reason: 'InternalServerError' })
    const failed = await attempt(world.sender, ringOf(iphone(21)))
    expect(failed.outcome).toMatchObject({ kind: 'retryable', status: 500, reason: 'InternalServerError' })
    expect(failed.ms).toBeLessThan(1_000)
    for (const { outcome } of await Promise.all(others)) expect(outcome.kind).toBe('accepted')
    expect(await world.sendTo(22)).toMatchObject({ kind: 'accepted' })
  })
})

describe.concurrent('a provider that is down', () => {
  it('is left alone, and is used again within about a second of its return', async ({ world, expect }) => {
    world.production.refuseConnections()
    await world.sendTo(1)
    await expect.poll(() => world.sender.isReachable()).toBe(false)
    expect(await world.sendTo(2)).toMatchObject({
      kind: 'retryable',
      delivered: 'no',
      reason: 'Apple does not answer',
    })
    await world.production.acceptConnections()
    const startedAt = performance.now()
    expect(new Set(lastKinds(await Promise.all(upTo(100).map(world.deliverTo))))).toEqual(
      new Set(['accepted']),
    )
    expect(performance.now() - startedAt).toBeLessThan(6_000)
  })
})
