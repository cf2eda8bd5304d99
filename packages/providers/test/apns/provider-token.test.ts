import { describe, expect } from 'vitest'
import { createProviderToken } from '../../src/apns/provider-token.ts'
import { commit, iphone, ringOf, upTo } from '../pushes/outgoing-push.ts'
import { it } from './apns-world.ts'

const MINUTE_MS = 60_000
const bearersOf = (received: readonly { headers: Readonly<Record<string, string>> }[]) =>
  received.map(({ headers }) => headers.authorization)

describe('the provider token', () => {
  // node-apn signs a token for each connection, so every replaced connection renewed the token.
  it('is the same in both environments and on replaced connections', async ({ world }) => {
    await world.sender.send(ringOf(iphone(1, { environment: 'sandbox' })), commit)
    for (const number of upTo(3)) {
      await world.deliverTo(number)
      world.production.dropConnections()
      await expect.poll(() => world.production.connections).toBe(0)
    }
    await world.deliverTo(4)
    expect(world.production.connectionsTotal).toBeGreaterThan(2)
    const bearers = bearersOf([...world.production.received, ...world.sandbox.received])
    expect(new Set(bearers).size).toBe(1)
  })

  it('is renewed at an age between 20 and 55 minutes, on the existing connection', async ({ world }) => {
    const seen: (string | undefined)[] = []
    for (const minute of [0, 19, 40, 49, 54, 56, 100, 110]) {
      const now = Date.now()
      world.advance(minute * MINUTE_MS - ahead(seen.length))
      const push = ringOf(iphone(1), { deadline: now + 200 * MINUTE_MS })
      expect(await world.sender.send(push, commit)).toMatchObject({ kind: 'accepted' })
      seen.push(world.production.received.at(-1)?.headers.authorization)
    }
    const [start, at19, at40, at49, at54, at56, at100, at110] = seen
    expect([at19, at40, at49]).toEqual([start, start, start])
    expect(at54).not.toBe(start)
    expect([at56, at100]).toEqual([at54, at54])
    expect(at110).not.toBe(at100)
    expect(world.production.connectionsTotal).toBe(1)

    function ahead(step: number): number {
      return ([0, 0, 19, 40, 49, 54, 56, 100][step] ?? 0) * MINUTE_MS
    }
  })

  it('is renewed once if Apple calls it expired, and the push goes out', async ({ world }) => {
    await world.warmUp()
    world.production.order({ status: 403, reason: 'ExpiredProviderToken' }, { times: 20 })
    const deliveries = await Promise.all(upTo(20).map(world.deliverTo))
    expect(deliveries.every(attempts => attempts.at(-1)?.outcome.kind === 'accepted')).toBe(true)
    expect(new Set(bearersOf(world.production.received)).size).toBe(2)
  })

  it('is renewed only once in 20 minutes if Apple keeps calling it expired', async ({ world }) => {
    world.production.order(
      { status: 403, reason: 'ExpiredProviderToken' },
      { times: Number.POSITIVE_INFINITY },
    )
    for (const _ of upTo(10)) expect(await world.sendTo(1)).toMatchObject({ kind: 'retryable', status: 403 })
    expect(new Set(bearersOf(world.production.received)).size).toBe(2)
    world.advance(21 * MINUTE_MS)
    await world.sender.send(ringOf(iphone(1), { deadline: Date.now() + 60 * MINUTE_MS }), commit)
    await world.sender.send(ringOf(iphone(1), { deadline: Date.now() + 60 * MINUTE_MS }), commit)
    expect(new Set(bearersOf(world.production.received)).size).toBe(3)
  })

  it('is not renewed again for a push that was sent before the renewal', ({ world }) => {
    let now = 1_700_000_000_000
    const { auth } = world.config
    if (auth.kind !== 'token') throw new Error('this world sends provider tokens')
    const token = createProviderToken(auth, () => now)
    const first = token.current
    now += 51 * MINUTE_MS
    token.regenerate(0)
    const second = token.current
    token.regenerate(0)
    expect(second).not.toBe(first)
    expect([token.current, token.generation]).toEqual([second, 1])
  })
})
