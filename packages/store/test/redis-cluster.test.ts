import { once } from 'node:events'
import { type RedisCluster, startCluster } from '@ringer/fakes'
import { connectPatient } from '@ringer/store'
import { Cluster } from 'ioredis'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { describeServer } from './describe-store.ts'

const limit = { timeout: 60_000 }
const recovery = { timeout: 30_000, interval: 100 }

describeServer('a connection to a Redis Cluster', () => {
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
    'waits for the node that has the key, however long that is away; its duplicates do not',
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
      // Each is a try to reach the owner; 16 of them, and the answers in between, are ioredis' own limit.
      await expect.poll(() => redirections, recovery).toBeGreaterThan(20)
      await read
      await owner.restart()
      expect(await written).toBe('OK')
    },
  )

  // After a fail-over a consumer's connection never came back, one time in a hundred, and its queue was served no more.
  it.each([
    ['itself', (connection: Cluster) => connection],
    ['and so does its duplicate', (connection: Cluster) => connection.duplicate()],
  ])('comes back %s, although a redirection came in while it disconnected', limit, async (_, choose) => {
    const client = choose(connect())
    onTestFinished(() => client.disconnect())
    if (client.status !== 'ready') await once(client, 'ready')
    client.disconnect(true)
    const { connectionPool } = client as unknown as { connectionPool: { findOrCreate(node: object): void } }
    connectionPool.findOrCreate({ host: '127.0.0.1', port: 1 })
    await expect.poll(() => client.status, { timeout: 5_000 }).toBe('ready')
    expect(await client.set('key', 'value')).toBe('OK')
  })

  // BullMQ connects the duplicate that it waits for jobs on anew, and waits for that.
  it('has duplicates that are connected while the nodes are there but do not serve yet', limit, async () => {
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
