import { createServerTls, startCluster, startRedis } from '@ringer/fakes'
import { connectPatient } from '@ringer/store'
import { expect, onTestFinished } from 'vitest'
import {
  describeWithRedisServer,
  describeWithTlsRedisServer,
} from '../../../../test/fixtures/describe-with-redis-server.ts'
import { documentedRules } from '../../../../test/fixtures/documented-rules.ts'
import { expectFault, it, resultOf } from './stage.ts'

async function startServer(args: string[] = []) {
  const redis = await startRedis({ kind: 'redis-server', args })
  onTestFinished(() => redis.close())
  return redis
}

describeWithRedisServer('Redis', () => {
  it('that is not there is named, and nothing that depends on it fails', async ({ stage }) => {
    const redis = await startServer()
    await redis.kill()
    const diagnosis = await stage.examine({ REDIS_URL: redis.url })
    expectFault(diagnosis, 'Redis: reach', { sentence: /cannot be used.*ECONNREFUSED/, fix: /REDIS_/ })
    for (const name of [
      'Redis: permissions',
      'Redis: version',
      'Redis: latency',
      'clock: Redis',
      'queue calls',
    ])
      expect(resultOf(diagnosis, name)).toMatchObject({
        state: 'skipped',
        sentence: 'Redis cannot be reached',
      })
  })

  it('that is frozen is named within the limit of a check', async ({ stage }) => {
    const redis = await startServer()
    redis.pause()
    const diagnosis = await stage.examine({ REDIS_URL: redis.url })
    expect(resultOf(diagnosis, 'Redis: reach').state).toBe('fail')
  })

  it('that is full is reported with its usage and limit, and workers are not reported as missing', async ({
    stage,
  }) => {
    const redis = await startServer()
    const admin = connectPatient({ kind: 'single', url: redis.url })
    onTestFinished(() => admin.disconnect())
    const usual = await stage.examine({ REDIS_URL: redis.url })
    expect(resultOf(usual, 'Redis: writes').state).toBe('ok')
    expect(resultOf(usual, 'Redis: memory').sentence).toMatch(/uses [\d.]+ MB and has no limit/)

    const limit = async (share: number) => {
      const used = /used_memory:(\d+)/.exec(await admin.info('memory'))?.[1]
      await admin.call('CONFIG', 'SET', 'maxmemory', String(Math.round(Number(used) * share)))
    }
    await limit(1.15)
    expectFault(await stage.examine({ REDIS_URL: redis.url }), 'Redis: memory', {
      state: 'warn',
      sentence: /uses [\d.]+ MB of [\d.]+ MB/,
      fix: /raise maxmemory/,
    })
    await limit(0.5)
    const full = await stage.examine({ REDIS_URL: redis.url })
    expectFault(full, 'Redis: memory', { sentence: /MB of/, fix: /raise maxmemory/ })
    expectFault(full, 'Redis: writes', {
      sentence: /accepts no writes \(OOM\): its memory is full/,
      fix: /its memory/,
    })
    expectFault(full, 'queue calls', {
      state: 'skipped',
      sentence: /whether a worker runs is not known/,
      fix: /Redis: writes/,
    })
  })

  it('that answers but accepts no writes is named: out of memory, or a replica', async ({ stage }) => {
    const full = await startServer(['--maxmemory', '1kb'])
    expectFault(await stage.examine({ REDIS_URL: full.url }), 'Redis: writes', {
      sentence: /accepts no writes \(OOM\): its memory is full/,
      fix: /its memory/,
    })
    const replica = await startServer(['--replicaof', '127.0.0.1', '1'])
    expectFault(await stage.examine({ REDIS_URL: replica.url }), 'Redis: writes', {
      sentence: /accepts no writes \(READONLY\): it is a replica/,
      fix: /log/,
    })
  })

  it('that may evict calls is named', async ({ stage }) => {
    const redis = await startServer(['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'])
    expectFault(await stage.examine({ REDIS_URL: redis.url }), 'Redis: eviction', {
      sentence: /allkeys-lru, which drops calls/,
      fix: /noeviction/,
    })
  })

  it('that would evict calls if it had a memory limit is a warning', async ({ stage }) => {
    const redis = await startServer(['--maxmemory-policy', 'volatile-ttl'])
    expectFault(await stage.examine({ REDIS_URL: redis.url }), 'Redis: eviction', {
      state: 'warn',
      sentence: /volatile-ttl/,
      fix: /noeviction/,
    })
  })

  it('without an append-only file is a warning, and with an append-only file is fine', async ({ stage }) => {
    const without = await startServer()
    expectFault(await stage.examine({ REDIS_URL: without.url }), 'Redis: persistence', {
      state: 'warn',
      sentence: /no append-only file/,
      fix: /appendonly/,
    })
    const redis = await startServer(['--appendonly', 'yes'])
    expect(resultOf(await stage.examine({ REDIS_URL: redis.url }), 'Redis: persistence').state).toBe('ok')
  })

  it('whose user lacks a permission is named, with the command that gives it', async ({ stage }) => {
    const redis = await startServer()
    const admin = connectPatient({ kind: 'single', url: redis.url })
    onTestFinished(() => admin.disconnect())
    const user = 'ringer-doctor'
    const rules = documentedRules().map(rule => rule.replace('{ringer}', stage.world.prefix))
    await admin.call('ACL', 'SETUSER', user, 'on', '>secret', ...rules)
    const url = redis.url.replace('redis://', `redis://${user}:secret@`)

    const before = await stage.examine({ REDIS_URL: url })
    for (const name of ['permissions', 'version', 'eviction', 'persistence'])
      expect(resultOf(before, `Redis: ${name}`).state, name).toBe(name === 'persistence' ? 'warn' : 'ok')

    expect(resultOf(before, 'Redis: latency').sentence).toMatch(/takes [\d.]+ ms \(median of 20\)/)

    await admin.call('ACL', 'SETUSER', user, '-zadd')
    expectFault(await stage.examine({ REDIS_URL: url }), 'Redis: permissions', {
      sentence: /lacks a permission: \+zadd/,
      fix: new RegExp(`ACL SETUSER ${user} \\+zadd`),
    })
  })

  it('with a wrong password is named', async ({ stage }) => {
    const redis = await startServer(['--requirepass', 'right-password'])
    const url = redis.url.replace('redis://', 'redis://:wrong-password@')
    const diagnosis = await stage.examine({ REDIS_URL: url })
    expectFault(diagnosis, 'Redis: reach', { sentence: /does not accept the login/, fix: /REDIS_/ })
    expect(JSON.stringify(diagnosis)).not.toContain('wrong-password')
  })
})

describeWithRedisServer('a Redis Cluster', () => {
  it('is checked at the node that has the keys', { timeout: 60_000 }, async ({ stage }) => {
    const cluster = await startCluster({ args: ['--appendonly', 'yes'] })
    onTestFinished(() => cluster.close())
    const nodes = cluster.nodes.map(({ host, port }) => `${host}:${port}`).join(',')
    const changes = { REDIS_URL: undefined, REDIS_CLUSTER_NODES: nodes }
    const diagnosis = await stage.examine(changes)
    for (const name of ['reach', 'TLS', 'permissions', 'version', 'eviction', 'persistence'])
      expect(resultOf(diagnosis, `Redis: ${name}`).state, name).toBe('ok')
    expect(resultOf(diagnosis, 'clock: Redis').state).toBe('ok')

    for (const node of cluster.masters) await cluster.kill(node)
    expectFault(await stage.examine(changes), 'Redis: reach', {
      sentence: /ECONNREFUSED|closes the connection/,
      fix: /REDIS_/,
    })
  })
})

describeWithTlsRedisServer('Redis with TLS', () => {
  it('whose CA is not trusted is named, and with the CA all is well', async ({ stage }) => {
    const tls = await createServerTls()
    const redis = await startRedis({ kind: 'redis-server', tls })
    onTestFinished(() => redis.close())
    expectFault(await stage.examine({ REDIS_URL: redis.url }), 'Redis: reach', {
      sentence: /CA that is not trusted.*REDIS_CA_PATH/,
      fix: /REDIS_/,
    })
    const trusted = await stage.examine({
      REDIS_URL: redis.url,
      REDIS_CA_PATH: stage.write('redis.pem', tls.ca),
    })
    expect(resultOf(trusted, 'Redis: reach').state).toBe('ok')
    expect(resultOf(trusted, 'Redis: TLS')).toMatchObject({ state: 'ok', sentence: /use TLS/ })
  })
})

it('Redis on another machine without TLS is a warning', async ({ stage }) => {
  expectFault(await stage.examine({ REDIS_URL: 'redis://redis.invalid:6379' }), 'Redis: TLS', {
    state: 'warn',
    sentence: /do not use TLS/,
    fix: /rediss/,
  })
})
