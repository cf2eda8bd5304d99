import { once } from 'node:events'
import { type RedisCluster, startCluster } from '@ringer/fakes'
import { connectPatient } from '@ringer/store'
import { Cluster } from 'ioredis'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { describeWithRedisServer } from '../../../../test/fixtures/describe-with-redis-server.ts'

const limit = { timeout: 60_000 }
const recovery = { timeout: 30_000, interval: 100 }

describeWithRedisServer('a connection to a Redis Cluster', () => {
  let cluster: RedisCluster
  beforeEach(async () => {
    cluster = await startCluster({ args: ['--appendonly', 'yes'] })
    return () => cluster.close()
  })

  function connect(): Cluster {
    const connection = connectPatient({ kind: 'cluster', nodes: cluster.nodes, credentials: {} })
    if (!(connection instanceof Cluster)) throw new Error('a Cluster has a client of its own')
    onTestFinished(() => connection.disconnect())
    return connection
  }

  it(
    'waits for the node that owns the key, however long it is down; its duplicates do not',
    limit,
    async () => {
      const connection = connect()
      await connection.set('key', 'before')
      const reads = connection.duplicate()
      onTestFinished(() => reads.disconnect())
      if (reads.status !== 'ready') await once(reads, 'ready')
      const owner = await cluster.ownerOf('key')
      await owner.kill()
      const read = expect(reads.bzpopmin('{key}:set', 60)).rejects.toThrow()
      let redirections = 0
      const written = connection.set('key', 'after')
      connection.on('node error', () => {
        redirections += 1
      })
      // Each is an attempt to reach the owner. ioredis by itself gives up after 16 redirections, failed attempts included.
      await expect.poll(() => redirections, recovery).toBeGreaterThan(20)
      await read
      await owner.restart()
      expect(await written).toBe('OK')
    },
  )

  // After one fail-over in a hundred a consumer's connection never came back, and nobody served its queue any more.
  it.each([
    ['the client itself', (connection: Cluster) => connection],
    ['its duplicate', (connection: Cluster) => connection.duplicate()],
  ])('reconnects %s although a redirection arrives while it disconnects', limit, async (_, choose) => {
    const client = choose(connect())
    onTestFinished(() => client.disconnect())
    if (client.status !== 'ready') await once(client, 'ready')
    client.disconnect(true)
    const { connectionPool } = client as unknown as { connectionPool: { findOrCreate(node: object): void } }
    connectionPool.findOrCreate({ host: '127.0.0.1', port: 1 })
    await expect.poll(() => client.status, { timeout: 5_000 }).toBe('ready')
    expect(await client.set('key', 'value')).toBe('OK')
  })

  // BullMQ reconnects the duplicate on which it waits for jobs, and waits until it is connected.
  it('has duplicates that connect while the nodes are up but do not serve yet', limit, async () => {
    const reads = connect().duplicate()
    onTestFinished(() => reads.disconnect())
    if (reads.status !== 'ready') await once(reads, 'ready')
    const [first, ...majority] = cluster.masters
    await Promise.all(majority.map(master => master.kill()))
    const survivor = connectPatient({ kind: 'single', url: first?.url ?? '' })
    onTestFinished(() => survivor.disconnect())
    await expect.poll(() => survivor.call('CLUSTER', 'INFO'), recovery).toContain('cluster_state:fail')
    const ended = once(reads, 'end')
    reads.disconnect()
    await ended
    await reads.connect()
    expect(reads.status).toBe('ready')
  })
})
