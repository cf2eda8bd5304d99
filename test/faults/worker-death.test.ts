import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deliver, initiated, register, SESSION_ID, tokens } from '../webhooks.ts'
import { startWorld, type World } from '../world.ts'

/** What is promised, from the kill to the ring. */
const RECOVERY_MS = 5_000

let world: World
const tablet = 'b2'.repeat(32)

beforeEach(async () => {
  world = await startWorld()
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tablet })
})
afterEach(() => world.close())

describe('a worker that is killed in mid-send', { timeout: 40_000 }, () => {
  // F1: with BullMQ's defaults the call ran again after about a minute, when nobody waited for it any more.
  it('has its phone rung by another within 5 s, and no phone twice', async () => {
    world.apns.order({ hang: true }, { token: tokens.iphone })
    const doomed = await world.addWorkerProcess()
    await deliver(world.ingress, initiated())
    const hasGone = (token: string) => (received: readonly { token: string | null }[]) =>
      received.some(push => push.token === token)
    await world.apns.waitFor(hasGone(tablet))
    await world.apns.waitFor(hasGone(tokens.iphone))
    await expect.poll(() => outcomes()).toContain('accepted')

    doomed.kill('SIGKILL')
    const killedAt = Date.now()
    await doomed.ended
    world.addWorker()
    await world.apns.waitFor(() => world.apns.acceptedCount(tokens.iphone) > 0, { timeoutMs: 20_000 })
    const rungAt = world.apns.accepted(tokens.iphone)[0]?.at ?? 0
    expect(rungAt - killedAt).toBeLessThan(RECOVERY_MS)
    await expect.poll(() => outcomes()).toEqual(['accepted', 'accepted'])
    expect(world.apns.acceptedCount(tablet)).toBe(1)
    const [first, second] = world.apns.received.filter(push => push.token === tokens.iphone)
    expect(second?.headers['apns-id']).toBe(first?.headers['apns-id'])
  })
})

async function outcomes() {
  const call = await world.records.read('default', SESSION_ID)
  return call?.rings[0]?.devices.map(device => device.outcome).sort()
}
