import { startRedis, startRelay } from '@ringer/fakes'
import { pushQueueName } from '@ringer/store'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { signalledRing } from '../../../packages/payloads/test/webhooks.ts'
import { DEFAULT_SESSION_ID, deliver, ended, initiated, register, tokens } from '../../webhooks.ts'
import { startWorld } from '../../world.ts'

const ROUND_TRIP_MS = 300
const ROUND_TRIPS = 5
const CALLS = 20
/** A worker asks for twice as many jobs with each round trip. */
const MORE_ROUND_TRIPS = Math.ceil(Math.log2(CALLS))
/** For the machine's noise. Fifteen round trips, as many as there were once, take 4.5 s. */
const MARGIN_MS = 1_000

const callOf = (uid: string, name: string) =>
  signalledRing({
    ...{ sessionId: `v1.eu.${name}-${uid}`, sentAt: Date.now() },
    callee: { uid, name: uid },
  })

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

// Each job was asked for alone, and none was begun before all had been asked for: these rang after 6 s and more.
it('a Redis that is 300 ms away delays twenty simultaneous calls hardly more than a single call', async () => {
  const { world, moveAway } = await startDistantWorld()
  const called = Array.from({ length: CALLS }, (_, number) => ({
    uid: `bob-${number}`,
    token: `${number}`.padStart(64, 'a'),
  }))
  for (const phone of called)
    await register(world.ingress, { ...phone, platform: 'ios', environment: 'production' })
  world.addWorker()
  await deliver(world.ingress, callOf('bob-0', 'near'))
  await world.apns.waitFor(({ length }) => length === 1)

  moveAway()
  const startedAt = Date.now()
  await Promise.all(called.map(({ uid }) => deliver(world.ingress, callOf(uid, 'far'))))
  const pushes = await world.apns.waitFor(({ length }) => length === 1 + CALLS, { timeoutMs: 20_000 })
  const last = Math.max(...pushes.map(({ at }) => at)) - startedAt
  expect(last).toBeLessThan((ROUND_TRIPS + MORE_ROUND_TRIPS) * ROUND_TRIP_MS + MARGIN_MS)
})

// The process had ended before the stop was stored, so the phone rang on.
it('with a Redis that is 300 ms away, a phone whose attempt ends while its worker closes still gets its stop', {
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
