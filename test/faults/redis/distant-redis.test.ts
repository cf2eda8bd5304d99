import { startRedis, startRelay } from '@ringer/fakes'
import { pushQueueName } from '@ringer/store'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { DEFAULT_SESSION_ID, deliver, ended, initiated, register, tokens } from '../../webhooks.ts'
import { startWorld } from '../../world.ts'

const ROUND_TRIP_MS = 300
const ROUND_TRIPS = 5
/** For the machine's noise. Fifteen round trips, as many as there were once, take 4.5 s. */
const MARGIN_MS = 1_000

/** A world whose Redis can be moved far away. */
async function startDistantWorld() {
  const redis = await startRedis({})
  const relay = await startRelay({
    host: '127.0.0.1',
    port: 0,
    upstreamPort: Number(new URL(redis.url).port),
  })
  const world = await startWorld({ ...redis, url: `redis://127.0.0.1:${relay.port}` })
  onTestFinished(async () => {
    relay.delay(0)
    await world.close()
    await relay.close()
    await redis.close()
  })
  return { world, directUrl: redis.url, moveAway: () => relay.delay(ROUND_TRIP_MS / 2) }
}

// F52
it('a Redis that is 300 ms away delays a ring by five round trips at most', async () => {
  const { world, moveAway } = await startDistantWorld()
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  world.addWorker()
  await deliver(world.ingress, initiated({ sessionId: 'v1.eu.near' }))
  await world.apns.waitFor(({ length }) => length === 1)

  moveAway()
  const startedAt = Date.now()
  await deliver(world.ingress, initiated({ sessionId: 'v1.eu.far' }))
  const pushes = await world.apns.waitFor(({ length }) => length === 2)
  const sentAfter = (pushes[1]?.at ?? 0) - startedAt
  expect(sentAfter).toBeGreaterThan(ROUND_TRIP_MS)
  expect(sentAfter).toBeLessThan(ROUND_TRIPS * ROUND_TRIP_MS + MARGIN_MS)
})

// The process had ended before the stop was stored, so the phone rang on.
it('a Redis that is 300 ms away does not cost the stop of a phone whose attempt ends while its worker closes', {
  timeout: 40_000,
}, async () => {
  const { world, directUrl, moveAway } = await startDistantWorld()
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
  world.fcm.order({ hang: true })
  const worker = world.addWorker()
  await deliver(world.ingress, initiated())
  await world.fcm.waitFor(({ length }) => length === 1)
  await deliver(world.ingress, ended('cancelled'))
  const direct = new Redis(directUrl)
  onTestFinished(() => direct.disconnect())
  const stateOf = async () => (await worker.records.read('default', DEFAULT_SESSION_ID))?.rings[0]?.state
  await expect.poll(stateOf).toBe('ended')

  moveAway()
  await worker.close()
  expect(await direct.llen(`${world.prefix}:${pushQueueName('fcm')}:wait`)).toBe(1)
})
