import { startRedis } from '@ringer/fakes'
import { expect, it, onTestFinished } from 'vitest'
import { describeWithRedisServer } from '../../../../test/fixtures/describe-with-redis-server.ts'
import { connectFailFast } from '../../src/redis/connect.ts'
import { createRedisCheck } from '../../src/redis/create-redis-check.ts'

describeWithRedisServer('the check of readiness', () => {
  it('says why Redis refuses writes although it answers, and forgets it afterwards', async () => {
    const redis = await startRedis({ kind: 'redis-server' })
    onTestFinished(() => redis.close())
    const target = { kind: 'single', url: redis.url } as const
    const client = connectFailFast(target, 5_000)
    onTestFinished(() => client.disconnect())
    const check = createRedisCheck(client, target, '{full}')
    await expect.poll(() => check(5_000)).toBe(true)
    await client.config('SET', 'maxmemory', '1kb')
    expect(await check(5_000)).toBe(
      'Redis accepts no writes (OOM): its memory is full: raise maxmemory, or remove what else is stored there',
    )
    await client.config('SET', 'maxmemory', '0')
    expect(await check(5_000)).toBe(true)
  })

  it('says that Redis cannot be reached before it knows why, and then why', async () => {
    const redis = await startRedis({ kind: 'redis-server' })
    onTestFinished(() => redis.close())
    const target = { kind: 'single', url: redis.url } as const
    const client = connectFailFast(target, 5_000)
    client.on('error', () => undefined)
    onTestFinished(() => client.disconnect())
    const check = createRedisCheck(client, target, '{gone}')
    await expect.poll(() => check(5_000)).toBe(true)
    await redis.kill()
    await expect.poll(() => client.status).not.toBe('ready')
    expect(await check(5_000)).toBe('Redis cannot be reached; ask again to learn why')
    await expect.poll(() => check(5_000)).toContain('cannot be reached (ECONNREFUSED)')
  })
})
