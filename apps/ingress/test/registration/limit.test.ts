import { freshPrefix, startCluster, startRedis } from '@ringer/fakes'
import { connectFailFast, type RedisTarget, waitUntilReady } from '@ringer/store'
import { describe, expect, onTestFinished } from 'vitest'
import { describeWithRedisServer } from '../../../../test/fixtures/describe-with-redis-server.ts'
import {
  createRegistrationLimit,
  type LimitRegistrations,
} from '../../src/registration/create-registration-limit.ts'
import { send } from '../send.ts'
import { it } from '../start-ingress.ts'

const phone = { uid: 'bob', platform: 'android', token: 'fcm-registration-token:APA91b_Bob' }
const unregister = { path: '/api/push/unregister' }

describe('the limit of requests about a user’s phones', () => {
  it('answers 429 with Retry-After above the limit, and does not affect other users', async ({
    startIngress,
  }) => {
    const ingress = await startIngress({ changesPerMinute: 3 })
    expect((await ingress.register(phone)).status).toBe(200)
    expect((await ingress.register(phone, unregister)).status).toBe(200)
    expect((await ingress.listDevices('?uid=bob')).status).toBe(200)
    for (const answer of [
      await ingress.register(phone),
      await ingress.register(phone, unregister),
      await ingress.listDevices('?uid=bob'),
    ]) {
      expect(answer).toMatchObject({ status: 429, body: { error: { code: 'too_many_requests' } } })
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(50)
      expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60)
    }
    expect(await ingress.devices.list('default', 'bob')).toEqual([])
    expect((await ingress.register({ ...phone, uid: 'carol' })).status).toBe(200)
  })

  it('defaults to 60 requests a minute', async ({ ingress }) => {
    const ask = () => ingress.listDevices('?uid=bob')
    const answers = await Promise.all(Array.from({ length: 61 }, ask))
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(60).fill(200), 429])
  })

  it('does not count requests without the key or with an invalid body', async ({ startIngress }) => {
    const ingress = await startIngress({ changesPerMinute: 1 })
    for (let time = 0; time < 3; time += 1) {
      expect((await ingress.register(phone, { headers: { authorization: 'Bearer x' } })).status).toBe(401)
      expect((await ingress.register({ ...phone, token: '' })).status).toBe(400)
    }
    expect((await ingress.register(phone)).status).toBe(200)
  })

  it('is shared by all ingresses', async ({ redis }) => {
    const { prefix, redis: one } = await connect({ kind: 'single', url: redis.url })
    const { redis: other } = await connect({ kind: 'single', url: redis.url })
    const limits = [one, other].map(client => createRegistrationLimit(client, prefix, 1))
    const verdicts = await Promise.all(limits.map(limit => limit('app', 'bob')))
    expect(verdicts.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await one.unlink(`${prefix}:registrations:app:bob`)).toBe(1)
  })

  it('is counted in the process if the count in Redis cannot be read', async ({ redis }) => {
    const { prefix, redis: client } = await connect({ kind: 'single', url: redis.url })
    await client.hset(`${prefix}:registrations:app:bob`, 'not', 'a count')
    const limit = createRegistrationLimit(client, prefix, 1)
    expect((await limit('app', 'bob')).ok).toBe(true)
    expect((await limit('app', 'bob')).ok).toBe(false)
    await client.unlink(`${prefix}:registrations:app:bob`)
  })

  it('answers 503 in time if the limiter never answers', async ({ startIngress }) => {
    const limitRegistrations: LimitRegistrations = () => new Promise(() => undefined)
    const ingress = await startIngress({ limitRegistrations, storeLimitMs: 200 })
    expect(await ingress.register(phone)).toMatchObject({ status: 503 })
    // The other routes do not use the limiter.
    expect((await send(`${ingress.url}/health/live`, { method: 'GET' })).status).toBe(200)
  })
})

describe('the limiter', () => {
  it('counts in the embedded Redis', async () => {
    const redis = await startRedis({ kind: 'embedded' })
    onTestFinished(() => redis.close())
    await expectLimit({ kind: 'single', url: redis.url })
  })

  it('counts in the process’s memory while Redis is away', async () => {
    const { prefix, redis } = await connect({ kind: 'single', url: 'redis://127.0.0.1:1' }, 0)
    const limit = createRegistrationLimit(redis, prefix, 2)
    expect((await limit('app', 'bob')).ok).toBe(true)
    expect((await limit('app', 'bob')).ok).toBe(true)
    expect((await limit('app', 'bob')).ok).toBe(false)
    expect((await limit('app', 'carol')).ok).toBe(true)
  })
})

describeWithRedisServer('the limiter', () => {
  it('counts in a Redis Cluster, in the same slot as all other keys', async () => {
    const cluster = await startCluster()
    onTestFinished(() => cluster.close())
    await expectLimit({ kind: 'cluster', nodes: cluster.nodes, credentials: {} })
  })
})

async function connect(target: RedisTarget, waitMs = 5_000) {
  const redis = connectFailFast(target, 5_000)
  onTestFinished(() => redis.disconnect())
  await waitUntilReady(redis, waitMs)
  return { redis, prefix: freshPrefix() }
}

async function expectLimit(target: RedisTarget) {
  const { redis, prefix } = await connect(target)
  const limit = createRegistrationLimit(redis, prefix, 2)
  const verdicts = await Promise.all(Array.from({ length: 5 }, () => limit('app', 'bob é')))
  expect(verdicts.filter(({ ok }) => ok)).toHaveLength(2)
  expect(await limit('app', 'bob é')).toMatchObject({ ok: false, retryAfterMs: expect.any(Number) })
  expect((await limit('app', 'carol')).ok).toBe(true)
  const key = `${prefix}:registrations:app:bob é`
  expect(await redis.pttl(key)).toBeGreaterThan(30_000)
  await redis.del(key)
  expect((await limit('app', 'bob é')).ok).toBe(true)
}
