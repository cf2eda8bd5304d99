import { deadlineOf, parseWebhook } from '@ringer/payloads'
import { connectFailFast, createCallQueue, waitUntilReady } from '@ringer/store'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { signalledEnd, signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { describeServer } from '../../packages/store/test/describe-store.ts'
import { register, tokens } from '../webhooks.ts'
import { startWorld, type World } from '../world.ts'

const MINUTE_MS = 60_000
const limit = { timeout: 60_000 }

let world: World
/** Stores events as the ingress does, without the webhooks' way there. */
async function enqueueAll(webhooks: object[], receivedAt: number) {
  const redis = connectFailFast(world.target, 5_000)
  await waitUntilReady(redis, 5_000)
  const queue = createCallQueue(redis, world.prefix)
  const answers = await Promise.all(
    webhooks.map(webhook => {
      const parsed = parseWebhook(webhook)
      if (parsed.status !== 'event') throw new Error('the test sends events only')
      const { event } = parsed
      const deadline = deadlineOf(receivedAt, event.sentAt, 30_000)
      return queue.enqueue({ appId: 'default', event, receivedAt, deadline })
    }),
  )
  await queue.close()
  redis.disconnect()
  return answers
}

const states = async (sessionIds: string[]) => {
  const calls = await Promise.all(sessionIds.map(id => world.records.read('default', id)))
  return calls.map(call => call?.rings[0]?.state)
}

// The Redis that is built in is an order of magnitude too slow for thousands of jobs at once.
describeServer('a backlog', () => {
  beforeEach(async () => {
    world = await startWorld()
    await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  })
  afterEach(() => world.close())

  // F6: after an outage, the field's push servers ring calls that ended long ago.
  it(
    'of 1,000 calls that are a minute old rings nobody, and every one is on record as expired',
    limit,
    async () => {
      const sentAt = Date.now() - MINUTE_MS
      const sessionIds = Array.from({ length: 1_000 }, (_, index) => `v1.eu.old-${index}`)
      await enqueueAll(
        sessionIds.map(sessionId => signalledRing({ sessionId, sentAt })),
        sentAt,
      )
      world.addWorker()
      await expect
        .poll(() => states(sessionIds), { timeout: 40_000 })
        .toEqual(sessionIds.map(() => 'expired'))
      expect(world.apns.received).toHaveLength(0)
    },
  )

  it('of 5,000 rings does not hold up a cancel', limit, async () => {
    const now = Date.now()
    const others = Array.from({ length: 5_000 }, (_, index) =>
      signalledRing({ sessionId: `v1.eu.other-${index}`, sentAt: now, callee: { uid: `nobody-${index}` } }),
    )
    const bobs = { sessionId: 'v1.eu.bobs', sentAt: now }
    await enqueueAll(others, now)
    await enqueueAll([signalledRing(bobs)], now)
    await enqueueAll([signalledEnd('cancelled', bobs)], now)
    world.addWorker()
    await expect
      .poll(async () => (await world.records.read('default', 'v1.eu.bobs'))?.end)
      .toMatchObject({ action: 'cancelled' })
    // It overtook the backlog: the last of the others has not been looked at yet.
    expect(await world.records.read('default', 'v1.eu.other-4999')).toBeUndefined()
    await expect.poll(() => states(['v1.eu.bobs']), { timeout: 40_000 }).toEqual(['ended'])
    expect(world.apns.received).toHaveLength(0)
  })
})
