import { expect } from 'vitest'
import { DEFAULT_SESSION_ID, deliver, ended, initiated, register, tokens } from '../webhooks.ts'
import { type World, it as worldIt } from '../world.ts'

const outcomes = async (world: World) => {
  const call = await world.records.read('default', DEFAULT_SESSION_ID)
  return call?.rings[0]?.devices.map(device => device.outcome)
}

const it = worldIt.extend('worldOptions', { ringMs: 5_000 })
it.beforeEach(async ({ world }) => {
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
  world.addWorker()
})

// Google had accepted the push without answering, the ring expired, and the phone was not stopped when the caller hung up.
it('a phone that an unanswered push may have rung is stopped when the caller hangs up', async ({ world }) => {
  world.fcm.order({ acceptThenHang: true }, { times: 9 })
  await deliver(world.ingress, initiated({ sentAt: Date.now() + 1_000 }))
  await expect.poll(() => outcomes(world), { timeout: 10_000 }).toEqual(['expired'])
  world.fcm.clearOrders()
  await deliver(world.ingress, ended('cancelled'))
  await world.fcm.waitFor(received => received.some(push => push.data.callAction === 'cancelled'))
})
