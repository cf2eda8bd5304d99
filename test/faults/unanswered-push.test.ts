import { afterEach, beforeEach, expect, it } from 'vitest'
import { deliver, ended, initiated, register, tokens } from '../webhooks.ts'
import { startWorld, type World } from '../world.ts'

const sessionId = 'v1.eu.9f86d081884c7d65'
const outcomes = async () => {
  const call = await world.records.read('default', sessionId)
  return call?.rings[0]?.devices.map(device => device.outcome)
}

let world: World
beforeEach(async () => {
  world = await startWorld({ ringMs: 5_000 })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
  world.addWorker()
})
afterEach(() => world.close())

// Google had taken the push and not said so, the ring's time ran out, and the phone was not told when the caller hung up.
it('tells a phone of the end that may have been rung by a push without an answer', async () => {
  world.fcm.order({ acceptThenHang: true }, { times: 9 })
  await deliver(world.ingress, initiated({ sentAt: Date.now() + 1_000 }))
  await expect.poll(outcomes, { timeout: 10_000 }).toEqual(['expired'])
  world.fcm.clearOrders()
  await deliver(world.ingress, ended('cancelled', sessionId))
  await world.fcm.waitFor(received => received.some(push => push.data.callAction === 'cancelled'))
})
