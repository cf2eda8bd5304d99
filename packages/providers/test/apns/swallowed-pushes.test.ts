import { describe, expect } from 'vitest'
import { deviceToken, upTo } from '../pushes/outgoing-push.ts'
import { it } from './apns-world.ts'

/** One worker had no rings for 29 to 35 s, because an unproven session has room for one push. */
describe('a push that Apple answers neither the first nor the second time', () => {
  // A campaign lost a ring so: both sessions counted as used.
  it('is sent a third time if the second attempt was only refused a stream', async ({ world }) => {
    await world.warmUp()
    const token = deviceToken(1)
    world.production.order({ hang: true }, { token })
    world.production.order({ refuseStream: true }, { token })
    expect(await world.deliverTo(1)).toMatchObject([{ outcome: { kind: 'accepted' } }])
    expect(world.production.received.filter(push => push.token === token)).toHaveLength(3)
  })

  it('does not hold up others as the first push of new sessions', { timeout: 40_000 }, async ({ world }) => {
    world.production.order({ hang: true }, { token: deviceToken(1), times: 2 })
    void world.deliverTo(1)
    await world.production.waitFor(({ length }) => length === 1)
    const startedAt = performance.now()
    void Promise.all(upTo(5).slice(1).map(world.deliverTo))
    const isAccepted = () => world.production.acceptedCount(deviceToken(2)) === 1
    await world.production.waitFor(isAccepted, { timeoutMs: 35_000 })
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })

  it('does not hold up others after the other session has closed', { timeout: 40_000 }, async ({ world }) => {
    await world.warmUp()
    world.production.order({ hang: true }, { token: deviceToken(1), times: 2 })
    void world.deliverTo(1)
    await world.production.waitFor(
      received => received.filter(({ token }) => token === deviceToken(1)).length === 2,
    )
    world.production.order({ status: 500, reason: 'InternalServerError' }, { token: deviceToken(2) })
    const startedAt = performance.now()
    await world.deliverTo(2)
    void world.deliverTo(3)
    const isAccepted = () => world.production.acceptedCount(deviceToken(3)) === 1
    await world.production.waitFor(isAccepted, { timeoutMs: 35_000 })
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })
})
