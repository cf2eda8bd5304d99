import { freshPrefix, type StartedRedis, startCluster, startRedis } from '@ringer/fakes'
import { connectFailFast, type RedisTarget, waitUntilReady } from '@ringer/store'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { describeServer } from '../../../packages/store/test/describe-store.ts'
import {
  createRegistrationLimit,
  type LimitRegistrations,
} from '../src/registration/create-registration-limit.ts'
import { send } from './send.ts'
import { startIngress } from './start-ingress.ts'

const phone = { uid: 'bob', platform: 'android', token: 'fcm-registration-token:APA91b_Bob' }
const unregister = { path: '/api/push/unregister' }

describe('a user', () => {
  let redis: StartedRedis
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.close())

  it('whose phone asks too often within a minute is told when to come back', async () => {
    const ingress = await startIngress(redis.url, { changesPerMinute: 3 })
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

  it('may ask 60 times unless told', async () => {
    const ingress = await startIngress(redis.url)
    const ask = () => ingress.listDevices('?uid=bob')
    const answers = await Promise.all(Array.from({ length: 61 }, ask))
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(60).fill(200), 429])
  })

  it('is not charged for what somebody without the key sends, nor for what cannot be done', async () => {
    const ingress = await startIngress(redis.url, { changesPerMinute: 1 })
    for (let time = 0; time < 3; time += 1) {
      expect((await ingress.register(phone, { headers: { authorization: 'Bearer x' } })).status).toBe(401)
      expect((await ingress.register({ ...phone, token: '' })).status).toBe(400)
    }
    expect((await ingress.register(phone)).status).toBe(200)
  })

  it('is counted by all ingresses together', async () => {
    const { prefix, redis: one } = await connect({ kind: 'single', url: redis.url })
    const { redis: other } = await connect({ kind: 'single', url: redis.url })
    const limits = [one, other].map(client => createRegistrationLimit(client, prefix, 1))
    const verdicts = await Promise.all(limits.map(limit => limit('app', 'bob')))
    expect(verdicts.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await one.unlink(`${prefix}:registrations:app:bob`)).toBe(1)
  })

  it('is counted by the process where the count in Redis cannot be read', async () => {
    const { prefix, redis: client } = await connect({ kind: 'single', url: redis.url })
    await client.hset(`${prefix}:registrations:app:bob`, 'not', 'a count')
    const limit = createRegistrationLimit(client, prefix, 1)
    expect((await limit('app', 'bob')).ok).toBe(true)
    expect((await limit('app', 'bob')).ok).toBe(false)
    await client.unlink(`${prefix}:registrations:app:bob`)
  })

  it('is answered in time where the limiter is not', async () => {
    const limitRegistrations: LimitRegistrations = () => new Promise(() => undefined)
    const ingress = await startIngress(redis.url, { limitRegistrations, storeLimitMs: 200 })
    expect(await ingress.register(phone)).toMatchObject({ status: 503 })
    // The other routes are none of its business.
    expect((await send(`${ingress.url}/health/live`, { method: 'GET' })).status).toBe(200)
  })
})

describe('the limiter', () => {
  it('counts in the embedded Redis', async () => {
    const redis = await startRedis({ kind: 'embedded' })
    onTestFinished(() => redis.close())
    await expectLimit({ kind: 'single', url: redis.url })
  })

  it('counts by itself while Redis is away', async () => {
    const { prefix, redis } = await connect({ kind: 'single', url: 'redis://127.0.0.1:1' }, 0)
    const limit = createRegistrationLimit(redis, prefix, 2)
    expect((await limit('app', 'bob')).ok).toBe(true)
    expect((await limit('app', 'bob')).ok).toBe(true)
    expect((await limit('app', 'bob')).ok).toBe(false)
    expect((await limit('app', 'carol')).ok).toBe(true)
  })
})

describeServer('the limiter', () => {
  it('counts in a Cluster, in the slot of everything else', async () => {
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
