import { deadlineOf, parseWebhook } from '@ringer/payloads'
import { connectFailFast, createCallQueue, waitUntilReady } from '@ringer/store'
import { expect } from 'vitest'
import { signalledEnd, signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { describeWithRedisServer } from '../fixtures/describe-with-redis-server.ts'
import { register, tokens } from '../webhooks.ts'
import { it, type World } from '../world.ts'

const MINUTE_MS = 60_000
const limit = { timeout: 60_000 }

/** Stores the events of webhooks as the ingress does, without sending the webhooks. */
async function enqueueAll(world: World, webhooks: object[], receivedAt: number) {
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

const states = async (world: World, sessionIds: string[]) => {
  const calls = await Promise.all(sessionIds.map(id => world.records.read('default', id)))
  return calls.map(call => call?.rings[0]?.state)
}

// The embedded Redis is an order of magnitude too slow for thousands of jobs at once.
describeWithRedisServer('a backlog', () => {
  it.beforeEach(async ({ world }) => {
    await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  })

  // F6: after an outage, other push servers ring for calls that ended long ago.
  it(
    'of 1,000 calls that are a minute old rings nobody, and each call is recorded as expired',
    limit,
    async ({ world }) => {
      const sentAt = Date.now() - MINUTE_MS
      const sessionIds = Array.from({ length: 1_000 }, (_, index) => `v1.eu.old-${index}`)
      await enqueueAll(
        world,
        sessionIds.map(sessionId => signalledRing({ sessionId, sentAt })),
        sentAt,
      )
      world.addWorker()
      await expect
        .poll(() => states(world, sessionIds), { timeout: 40_000 })
        .toEqual(sessionIds.map(() => 'expired'))
      expect(world.apns.received).toHaveLength(0)
    },
  )

  it('of 5,000 rings does not delay a cancel', limit, async ({ world }) => {
    const now = Date.now()
    const others = Array.from({ length: 5_000 }, (_, index) =>
      signalledRing({ sessionId: `v1.eu.other-${index}`, sentAt: now, callee: { uid: `nobody-${index}` } }),
    )
    const bobs = { sessionId: 'v1.eu.bobs', sentAt: now }
    await enqueueAll(world, others, now)
    await enqueueAll(world, [signalledRing(bobs)], now)
    await enqueueAll(world, [signalledEnd('cancelled', bobs)], now)
    world.addWorker()
    await expect
      .poll(async () => (await world.records.read('default', 'v1.eu.bobs'))?.end)
      .toMatchObject({ action: 'cancelled' })
    // It overtook the backlog: the last of the other calls has not been handled yet.
    expect(await world.records.read('default', 'v1.eu.other-4999')).toBeUndefined()
    await expect.poll(() => states(world, ['v1.eu.bobs']), { timeout: 40_000 }).toEqual(['ended'])
    expect(world.apns.received).toHaveLength(0)
  })
})
