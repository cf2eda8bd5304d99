import { describe, expect } from 'vitest'
import { deliver, ended, initiated, register, tokens } from '../webhooks.ts'
import { it, type World } from '../world.ts'

const FIRST = 'v1.eu.first'
const SECOND = 'v1.eu.second'

it.beforeEach(async ({ world }) => {
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  world.addWorker()
})

/** Leaves a second call waiting for room at Apple: each of the two sessions has one stream, and a push takes 2 s. */
async function letSecondCallWait(world: World): Promise<void> {
  await deliver(world.ingress, initiated({ sessionId: 'v1.eu.warm-up' }))
  await world.apns.waitFor(({ length }) => length === 1)
  world.apns.setStreamLimit(1)
  world.apns.order({ delayMs: 2_000 }, { times: 2 })
  for (const sessionId of ['v1.eu.other', FIRST]) await deliver(world.ingress, initiated({ sessionId }))
  await world.apns.waitFor(({ length }) => length === 3)
  await deliver(world.ingress, initiated({ sessionId: SECOND }))
  await expect.poll(() => outcomes(world, SECOND)).toHaveLength(1)
}

const outcomes = async (world: World, sessionId: string) =>
  (await world.records.read('default', sessionId))?.rings[0]?.devices.map(({ outcome }) => outcome)

// State and owner were read first, and then the push waited for its turn: it left up to 19 s after the change.
describe('a push that waits for room at its provider', () => {
  it('does not leave if the caller hangs up meanwhile', async ({ world }) => {
    await letSecondCallWait(world)
    await deliver(world.ingress, ended('cancelled', SECOND))
    await expect.poll(() => outcomes(world, SECOND), { timeout: 10_000 }).toEqual(['skipped'])
    await expect.poll(() => outcomes(world, FIRST)).toEqual(['accepted'])
    expect(world.apns.received.filter(({ data }) => data.sessionId === SECOND)).toEqual([])
  })

  it('does not leave if somebody else logs in on the phone meanwhile', async ({ world }) => {
    await letSecondCallWait(world)
    await register(world.ingress, { uid: 'carol', platform: 'ios', token: tokens.iphone })
    await expect.poll(() => outcomes(world, SECOND), { timeout: 10_000 }).toEqual(['skipped'])
    expect(world.apns.received.filter(({ data }) => data.sessionId === SECOND)).toEqual([])
  })

  it('leaves if neither happens', async ({ world }) => {
    await letSecondCallWait(world)
    await expect.poll(() => outcomes(world, SECOND), { timeout: 10_000 }).toEqual(['accepted'])
  })
})
