import { startCluster, startRedis } from '@ringer/fakes'
import { connectPatient, createEvictionCheck, type RedisClient, waitUntilReady } from '@ringer/store'
import { expect, it, onTestFinished } from 'vitest'
import { describeWithRedisServer } from '../fixtures/describe-with-redis-server.ts'
import { startWorld } from '../world.ts'

const limit = { timeout: 60_000 }
const recovery = { timeout: 15_000, interval: 50 }
const prefix = '{ringer}'

async function open(connection: RedisClient): Promise<RedisClient> {
  onTestFinished(() => connection.disconnect())
  await waitUntilReady(connection, 10_000)
  return connection
}

async function startOwnRedis(args: readonly string[] = []) {
  const redis = await startRedis({ kind: 'redis-server', args })
  onTestFinished(() => redis.close())
  return redis
}

const readiness = async (adminUrl: string) => {
  const answer = await fetch(`${adminUrl}/health/ready`)
  return `${answer.status} ${await answer.text()}`
}

describeWithRedisServer('a Redis that may evict calls', () => {
  it('makes neither the ingress nor the worker ready, until its policy is noeviction', limit, async () => {
    const redis = await startOwnRedis(['--maxmemory', '100mb', '--maxmemory-policy', 'volatile-lru'])
    const world = await startWorld(redis)
    onTestFinished(() => world.close())
    const processes = [await world.addIngressProcess(), await world.addWorkerProcess()]
    const refusal =
      /^503 .*"redis":"Redis's maxmemory-policy is volatile-lru, which loses calls .* set it to noeviction"/
    for (const { adminUrl } of processes) {
      await expect.poll(() => readiness(adminUrl), recovery).toMatch(refusal)
    }
    await world.reader.call('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    for (const { adminUrl } of processes)
      await expect.poll(() => readiness(adminUrl), recovery).toMatch(/^200 /)
  })

  it.each([
    ['allkeys-lru', '100mb', true],
    ['volatile-ttl', '100mb', true],
    ['noeviction', '100mb', false],
    ['allkeys-lru', '0', false],
  ])(
    'is recognised by its policy and its limit: %s with maxmemory %s',
    async (policy, maxmemory, isFault) => {
      const redis = await startOwnRedis(['--maxmemory', maxmemory, '--maxmemory-policy', policy])
      const find = createEvictionCheck(await open(connectPatient({ kind: 'single', url: redis.url })), prefix)
      const fault = await find(5_000)
      expect(fault ?? 'no fault').toContain(isFault ? policy : 'no fault')
    },
  )

  // A managed Redis forbids CONFIG, and may forbid INFO.
  it.each([
    ['CONFIG is', ['-config'], 'allkeys-lru'],
    ['CONFIG and INFO are', ['-config', '-info'], 'no fault'],
  ])('is recognised as far as possible if %s forbidden', async (_, rules, expected) => {
    const redis = await startOwnRedis(['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'])
    const admin = await open(connectPatient({ kind: 'single', url: redis.url }))
    await admin.call('ACL', 'SETUSER', 'ringer', 'on', '>secret', '~*', '+@all', ...rules)
    const url = redis.url.replace('//', '//ringer:secret@')
    const find = createEvictionCheck(await open(connectPatient({ kind: 'single', url })), prefix)
    expect((await find(5_000)) ?? 'no fault').toContain(expected)
  })

  it('is recognised by asking the node of a Cluster that holds the keys', limit, async () => {
    const cluster = await startCluster({ args: ['--maxmemory', '100mb'] })
    onTestFinished(() => cluster.close())
    const owner = await cluster.ownerOf(prefix)
    const node = await open(connectPatient({ kind: 'single', url: owner.url }))
    const target = { kind: 'cluster', nodes: cluster.nodes, credentials: {} } as const
    const find = createEvictionCheck(await open(connectPatient(target)), prefix)
    for (let round = 0; round < 10; round += 1) expect(await find(5_000)).toBeUndefined()
    await node.call('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    for (let round = 0; round < 10; round += 1) expect(await find(5_000)).toContain('allkeys-lru')
  })
})
