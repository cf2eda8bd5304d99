import { startCluster, startSentinels } from '@ringer/fakes'
import { connectFailFast, type RedisTarget, waitUntilReady } from '@ringer/store'
import { expect, it, onTestFinished } from 'vitest'
import { describeWithRedisServer } from '../../../../test/fixtures/describe-with-redis-server.ts'

const limit = { timeout: 60_000 }
const recovery = { timeout: 30_000, interval: 100 }

async function openSentinels() {
  const redis = await startSentinels()
  onTestFinished(() => redis.close())
  const { sentinels, name } = redis
  return { target: { kind: 'sentinel', sentinels, name, credentials: {} } as const, redis }
}

async function openCluster() {
  const redis = await startCluster()
  onTestFinished(() => redis.close())
  return { target: { kind: 'cluster', nodes: redis.nodes, credentials: {} } as const, redis }
}

async function connect(target: RedisTarget, timeoutMs: number) {
  const connection = connectFailFast(target, timeoutMs)
  onTestFinished(() => connection.disconnect())
  expect(await waitUntilReady(connection, 10_000)).toBe(true)
  return connection
}

async function timeOf(refused: Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await expect(refused).rejects.toThrow()
  return performance.now() - startedAt
}

describeWithRedisServer('a connection that fails fast', () => {
  it('rejects at once while the sentinels know no master that answers', limit, async () => {
    const { target, redis } = await openSentinels()
    const connection = await connect(target, 10_000)
    await Promise.all(redis.servers.map(server => server.kill()))
    await expect.poll(() => connection.status).not.toBe('ready')
    for (let round = 0; round < 5; round += 1) expect(await timeOf(connection.set('a', 1))).toBeLessThan(400)
  })

  // A Cluster client notices that a node is gone only when it sends a command to it.
  it.each(['the owner of the slot is', 'all nodes are'])(
    'rejects within its limit while %s down, and works when they are back',
    limit,
    async downNodes => {
      const { target, redis } = await openCluster()
      const connection = await connect(target, 500)
      await connection.set('a', 1)
      const down = downNodes === 'all nodes are' ? redis.masters : [await redis.ownerOf('a')]
      await Promise.all(down.map(node => node.kill()))
      for (let round = 0; round < 5; round += 1) {
        expect(await timeOf(connection.set('a', 1))).toBeLessThan(900)
      }
      await Promise.all(down.map(node => node.restart()))
      await expect.poll(() => connection.set('a', 1).catch(() => 'refused'), recovery).toBe('OK')
    },
  )
})
