import { describe, expect } from 'vitest'
import { signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { DEFAULT_SESSION_ID, deliver, initiated, register, tokens } from '../webhooks.ts'
import { it, type World } from '../world.ts'

/** The promised time from the kill to the ring. */
const RECOVERY_MS = 5_000

const ipad = 'b2'.repeat(32)
const carolsPhone = 'c3'.repeat(32)

it.beforeEach(async ({ world }) => {
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: ipad })
  await register(world.ingress, { uid: 'carol', platform: 'ios', token: carolsPhone })
})

describe('a worker that is killed while it sends', { timeout: 40_000 }, () => {
  // F1: with BullMQ's defaults the job ran again after about a minute, when nobody waited for the call any more.
  it('is replaced within 5 s: another worker rings its phone, and no phone rings twice', async ({
    world,
  }) => {
    const doomed = await world.addWorkerProcess({ RINGER_BUDGETS: 'off' })
    // A call that rings first, so that a session with Apple has room for more than one push.
    await deliver(
      world.ingress,
      signalledRing({ sessionId: 'v1.eu.carol', sentAt: Date.now(), callee: { uid: 'carol' } }),
    )
    await world.apns.waitFor(() => world.apns.acceptedCount(carolsPhone) > 0)
    world.apns.order({ hang: true }, { token: tokens.iphone, times: Number.POSITIVE_INFINITY })
    await deliver(world.ingress, initiated())
    await world.apns.waitFor(received => received.some(push => push.token === tokens.iphone))
    await expect.poll(() => outcomes(world)).toEqual(['accepted', 'sending'])
    expect(world.apns.acceptedCount(ipad)).toBeGreaterThan(0)

    doomed.kill('SIGKILL')
    await doomed.ended
    const killedAt = Date.now()
    world.apns.clearOrders()
    expect(world.apns.acceptedCount(tokens.iphone)).toBe(0)
    world.addWorker()
    await world.apns.waitFor(() => world.apns.acceptedCount(tokens.iphone) > 0, { timeoutMs: 20_000 })
    const rungAt = world.apns.accepted(tokens.iphone)[0]?.at ?? 0
    expect(rungAt - killedAt).toBeLessThan(RECOVERY_MS)
    await expect.poll(() => outcomes(world)).toEqual(['accepted', 'accepted'])
    const toIpad = world.apns.accepted(ipad)
    expect(toIpad.filter(({ at }) => at > killedAt)).toEqual([])
    expect(new Set(toIpad.map(({ headers }) => headers['apns-id'])).size).toBe(1)
    const [first, second] = world.apns.received.filter(push => push.token === tokens.iphone)
    expect(second?.headers['apns-id']).toBe(first?.headers['apns-id'])
  })
})

async function outcomes(world: World) {
  const call = await world.records.read('default', DEFAULT_SESSION_ID)
  return call?.rings[0]?.devices.map(device => device.outcome).sort()
}
