import { type RedisServer, startRedis } from '@ringer/fakes'
import { connectFailFast, connectPatient, createProbe, type RedisClient } from '@ringer/store'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { describeWithRedisServer } from '../../../../test/fixtures/describe-with-redis-server.ts'
import { describeStore } from '../describe-store.ts'

const PREFIX = '{ringer-test}'
const recovery = { timeout: 10_000, interval: 50 }

describeStore('a probe', it => {
  it('succeeds and leaves no key behind', async ({ store }) => {
    const { redis, prefix } = store
    const takesWrites = createProbe(redis, prefix)
    await expect.poll(() => takesWrites(1_000)).toBe(true)
    expect(await store.listKeys()).toEqual([])
  })
})

describeWithRedisServer('a Redis that answers but refuses writes', () => {
  let redis: RedisServer
  let admin: RedisClient
  beforeEach(async () => {
    redis = await startRedis({ kind: 'redis-server' })
    admin = connectPatient({ kind: 'single', url: redis.url })
    return async () => {
      admin.disconnect()
      await redis.close()
    }
  })

  const config = (...settings: string[]) => admin.call('CONFIG', 'SET', ...settings)
  const troubles = [
    { what: 'its memory is full', begin: ['maxmemory', '1'], end: ['maxmemory', '0'] },
    {
      what: 'its replicas are gone',
      begin: ['min-replicas-to-write', '1'],
      end: ['min-replicas-to-write', '0'],
    },
  ]

  describe.each(troubles)('because $what', ({ begin, end }) => {
    it('fails the probe', async () => {
      const takesWrites = createProbe(open(connectPatient), PREFIX)
      await expect.poll(() => takesWrites(1_000), recovery).toBe(true)
      await config(...begin)
      expect(await takesWrites(1_000)).toBe(false)
      await config(...end)
      await expect.poll(() => takesWrites(1_000), recovery).toBe(true)
    })
  })

  // After a fail-over by DNS or by hand the old master still answers on its open connections.
  it('because it became a replica makes a patient connection reconnect and resend until there is a master', async () => {
    const connection = open(connectPatient)
    const takesWrites = createProbe(connection, PREFIX)
    await expect.poll(() => takesWrites(1_000), recovery).toBe(true)
    await admin.call('REPLICAOF', '127.0.0.1', '1')
    expect(await takesWrites(300)).toBe(false)
    const write = connection.set(`${PREFIX}:key`, 'written')
    await expect.poll(() => connection.status).not.toBe('ready')
    await admin.call('REPLICAOF', 'NO', 'ONE')
    expect(await write).toBe('OK')
    await expect.poll(() => takesWrites(1_000), recovery).toBe(true)
  })

  it('because it became a replica makes a fail-fast connection reconnect and reject the write at once', async () => {
    const connection = open(target => connectFailFast(target, 500))
    const takesWrites = createProbe(connection, PREFIX)
    await expect.poll(() => takesWrites(1_000), recovery).toBe(true)
    const closed = new Promise(resolve => connection.once('close', resolve))
    await admin.call('REPLICAOF', '127.0.0.1', '1')
    await expect(connection.set(`${PREFIX}:key`, 'lost')).rejects.toThrow('READONLY')
    await closed
    await admin.call('REPLICAOF', 'NO', 'ONE')
    await expect.poll(() => takesWrites(1_000), recovery).toBe(true)
  })

  it('is probed once at a time, however many callers ask', async () => {
    const connection = open(connectPatient)
    const takesWrites = createProbe(connection, PREFIX)
    await expect.poll(() => takesWrites(1_000), recovery).toBe(true)
    redis.pause()
    const answers = Promise.all(Array.from({ length: 20 }, () => takesWrites(50)))
    expect(new Set(await answers)).toEqual(new Set([false]))
    redis.resume()
    const calls = async () => /cmdstat_setrange:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1]
    await expect.poll(() => takesWrites(1_000), recovery).toBe(true)
    expect(Number(await calls())).toBeLessThan(6)
  })

  function open(connect: (target: { kind: 'single'; url: string }) => RedisClient): RedisClient {
    const connection = connect({ kind: 'single', url: redis.url })
    onTestFinished(() => connection.disconnect())
    return connection
  }
})
