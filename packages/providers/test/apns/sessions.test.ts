import { describe, vi } from 'vitest'
import { attempt, lastKinds } from '../deliver.ts'
import { commit, deviceToken, iphone, ringOf, upTo } from '../pushes/outgoing-push.ts'
import { type ApnsWorld, it } from './apns-world.ts'

const ALWAYS = { times: Number.POSITIVE_INFINITY }
const soon = { timeout: 5_000 }
const late = { timeout: 15_000 }
const connectionsOf = (world: ApnsWorld) => world.production.received.map(({ connection }) => connection)

/** Waits until the second session with production is open: until its first PING has been answered. */
async function secondIsOpen({ production, sender }: ApnsWorld) {
  await vi.waitUntil(() => production.pings(2) > 0, late)
  // A round trip elsewhere, during which the answer arrives.
  await sender.send(ringOf(iphone(0, { environment: 'sandbox' })), commit)
}

describe.concurrent('the two sessions with an environment', () => {
  it('are opened at start, one some seconds after the other, without a push', async ({ world, expect }) => {
    const startedAt = Date.now()
    await expect.poll(() => world.production.connections, soon).toBe(1)
    await expect.poll(() => world.production.connections, late).toBe(2)
    expect(Date.now() - startedAt).toBeGreaterThan(2_000)
    expect(world.production.connectionsTotal).toBe(2)
    expect(world.sandbox.connectionsTotal).toBe(0)
  })

  it('are proven by the first two pushes', async ({ world, expect }) => {
    await secondIsOpen(world)
    await world.sendTo(1)
    await world.sendTo(2)
    expect(connectionsOf(world).toSorted()).toEqual([1, 2])
  })

  it('share the pushes: the one that does not answer gets fewer', async ({ world, expect }) => {
    await world.warmUp()
    world.production.order({ hang: true })
    const hung = world.deliverTo(1)
    const [{ connection } = { connection: 0 }] = await world.production.waitFor(({ length }) => length === 1)
    for (const number of upTo(10)) await world.sendTo(10 + number)
    expect(connectionsOf(world).filter(number => number === connection)).toHaveLength(1)
    expect(lastKinds([await hung])).toEqual(['accepted'])
  })

  it('belong to the sandbox as well, from its first push on', async ({ world, expect }) => {
    const ring = (number: number) =>
      world.sender.send(ringOf(iphone(number, { environment: 'sandbox' })), commit)
    expect(await ring(1)).toMatchObject({ kind: 'accepted' })
    await expect.poll(() => world.sandbox.connections, late).toBe(2)
  })
})

describe.concurrent('a second attempt', () => {
  it('goes to the other session, which is open and proven already', async ({ world, expect }) => {
    await world.warmUp()
    world.production.order({ hang: true })
    const { outcome } = await attempt(world.sender, ringOf(iphone(1)))
    expect(outcome).toMatchObject({ kind: 'accepted' })
    expect(connectionsOf(world).toSorted()).toEqual([1, 2])
  })

  // The session for second attempts had gone silent, and the attempt on it broke. The first one was listened to for 30 s.
  it.for([
    ['while it was idle', 10_000],
    ['just now', 0],
  ] as const)('does not depend on a session that went silent %s', async ([, idleMs], { world, expect }) => {
    await world.warmUp()
    world.production.order({ hang: true }, { connection: 1, ...ALWAYS })
    world.production.freeze({ only: connection => connection === 2 })
    world.advance(idleMs)
    const push = ringOf(iphone(1))
    const { outcome, ms } = await attempt(world.sender, { ...push, deadline: push.deadline + idleMs })
    expect(outcome).toMatchObject({ kind: 'accepted' })
    expect(ms).toBeLessThan(3_000)
    expect(connectionsOf(world)).toEqual([1, 3])
  })

  // Each of the two sessions had room for one push until it was answered, and both pushes hung.
  it('opens a new session if the first pushes of both hang', async ({ world, expect }) => {
    world.production.order({ hang: true }, { connection: 1 })
    world.production.order({ hang: true }, { connection: 2 })
    const attempts = await Promise.all(upTo(20).map(world.deliverTo))
    expect(new Set(lastKinds(attempts))).toEqual(new Set(['accepted']))
    expect(world.production.received.filter(push => push.accepted)).toHaveLength(20)
  })

  it('that is never answered does not keep the sender from closing', async ({ world, expect }) => {
    await world.warmUp()
    world.production.order({ delayMs: 4_000 })
    world.production.order({ hang: true })
    expect(await world.sendTo(1)).toMatchObject({ kind: 'accepted' })
    expect(world.production.received).toHaveLength(2)
    const startedAt = performance.now()
    await world.sender.close()
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })
})

describe.concurrent('a session that is over', () => {
  it.for<[string, (world: ApnsWorld) => void]>([
    ['a GOAWAY while it was idle', ({ production }) => production.goaway(1)],
    ['a reset of its connection', ({ production }) => production.dropConnections()],
  ])('after %s is replaced without a push', async ([, end], { world, expect }) => {
    await world.warmUp()
    const ended = world.production.connections
    end(world)
    await expect.poll(() => world.production.connectionsTotal, soon).toBeGreaterThan(ended)
    await expect.poll(() => world.production.connections, late).toBe(2)
    expect(world.production.received).toEqual([])
  })

  it('because an idle connection went silent is found by a PING a minute, and replaced', async ({
    world,
    expect,
  }) => {
    await world.warmUp()
    const pings = () => world.production.pings(1) + world.production.pings(2)
    const before = pings()
    world.advance(61_000)
    await expect.poll(pings, soon).toBe(before + 2)
    world.production.freeze({ only: connection => connection === 1 })
    world.advance(61_000)
    await expect.poll(() => world.production.connectionsTotal, late).toBe(3)
    expect(world.production.received).toEqual([])
  })

  it('leaves its pushes to the other one meanwhile', async ({ world, expect }) => {
    await world.warmUp()
    world.production.refuseConnections()
    world.production.goaway(1)
    const deliveries = await Promise.all(upTo(50).map(world.deliverTo))
    expect(new Set(lastKinds(deliveries))).toEqual(new Set(['accepted']))
    expect(await world.sendTo(51)).toMatchObject({ kind: 'accepted' })
    expect(connectionsOf(world).at(-1)).toBe(2)
    expect(world.sender.isReachable()).toBe(true)
    await world.production.acceptConnections()
    await expect.poll(() => world.production.connections, late).toBe(2)
  })

  // Each replacement ended at once, and the next one followed at once.
  it('is replaced once a second at most if Apple ends each new one at once', async ({ world, expect }) => {
    await world.warmUp()
    const startedAt = performance.now()
    const endAll = () => {
      world.production.goaway()
      return world.production.connectionsTotal
    }
    await expect.poll(endAll, { timeout: 15_000, interval: 5 }).toBe(5)
    expect(performance.now() - startedAt).toBeGreaterThan(1_500)
  })
})

describe.concurrent('a proven session', () => {
  it('is kept until another one has answered a push, although its own pushes hang', async ({
    world,
    expect,
  }) => {
    await world.sendTo(1)
    await secondIsOpen(world)
    world.production.order({ hang: true }, { connection: 1, ...ALWAYS })
    world.production.order({ hang: true }, { connection: 2, ...ALWAYS })
    const hung = world.sender.send(ringOf(iphone(2), { deadline: Date.now() + 4_000 }), commit)
    await world.production.waitFor(({ length }) => length === 3)
    expect(lastKinds([await world.deliverTo(3)])).toEqual(['accepted'])
    await world.sendTo(4)
    const [last = 0, ...before] = connectionsOf(world).toReversed()
    expect(before.toReversed()).toEqual([1, 2, 1, 1, 3])
    expect(last).toBeGreaterThan(2)
    await hung
  })

  it('is used further if the first push of a new session breaks', async ({ world, expect }) => {
    await world.sendTo(1)
    world.production.order({ reset: true }, { connection: 2, ...ALWAYS })
    await secondIsOpen(world)
    const deliveries = await Promise.all(upTo(50).map(world.deliverTo))
    expect(new Set(lastKinds(deliveries))).toEqual(new Set(['accepted']))
    expect(deliveries.filter(attempts => attempts.length > 1)).toHaveLength(1)
    expect(connectionsOf(world).filter(number => number === 1).length).toBeGreaterThan(40)
  })
})

it('a push whose attempts all hang does not hold up pushes to other devices', async ({ world, expect }) => {
  await world.warmUp()
  world.production.order({ hang: true }, { token: deviceToken(1), ...ALWAYS })
  const hung = world.sender.send(ringOf(iphone(1), { deadline: Date.now() + 2_000 }), commit)
  for (const number of upTo(20)) expect(await world.sendTo(number + 1)).toMatchObject({ kind: 'accepted' })
  expect(await hung).toMatchObject({ kind: 'retryable' })
})
