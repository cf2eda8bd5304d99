import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type RedisServer, startCluster, startSentinels } from '@ringer/fakes'
import { Cluster, Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeWithRedisServer } from '../../../test/fixtures/describe-with-redis-server.ts'

const limit = { timeout: 60_000 }
const failover = { timeout: 30_000, interval: 100 }

function client(server: RedisServer | undefined): Redis {
  const redis = new Redis(server?.url ?? '', { retryStrategy: () => 50, maxRetriesPerRequest: null })
  redis.on('error', () => undefined)
  onTestFinished(() => redis.disconnect())
  return redis
}

async function start<S extends { close(): Promise<void> }>(starting: Promise<S>): Promise<S> {
  const started = await starting
  onTestFinished(() => started.close())
  return started
}

const folderOf = async (server: RedisServer | undefined) =>
  String(
    (await client(server)
      .call('CONFIG', 'GET', 'dir')
      .then(reply => (reply as string[])[1])) ?? '',
  )

describeWithRedisServer('fail-overs', () => {
  describe.each([1, 3] as const)('a master, its replica and sentinels (%i)', limit, count => {
    it('promote the replica, with all the data that it had received, when the master is killed', async () => {
      const redis = await start(startSentinels({ sentinels: count }))
      expect(redis.sentinels).toHaveLength(count)
      const [master, replica] = redis.servers
      expect(await redis.masterPort()).toBe(master.port)
      const writer = client(master)
      await writer.set('kept', 'yes')
      expect(await writer.wait(1, 5_000)).toBe(1)
      await redis.killMaster()
      await expect.poll(() => redis.masterPort(), failover).toBe(replica.port)
      const reader = client(replica)
      await expect.poll(() => reader.set('taken', 'yes').catch(() => 'no'), failover).toBe('OK')
      expect(await reader.get('kept')).toBe('yes')
    })
  })

  describe('sentinels', limit, () => {
    it('lose what the replica had not received yet', async () => {
      const redis = await start(startSentinels())
      const [master, replica] = redis.servers
      await redis.stopReplication()
      await client(master).set('lost', 'yes')
      await redis.killMaster()
      await expect.poll(() => redis.masterPort(), failover).toBe(replica.port)
      expect(await client(replica).get('lost')).toBeNull()
    })

    it('leave no folder and no process behind', async () => {
      const redis = await startSentinels()
      const folders = await Promise.all(redis.servers.map(folderOf))
      expect(folders.map(folder => existsSync(folder))).toEqual([true, true])
      const pids = redis.servers.map(({ pid }) => pid)
      await redis.close()
      expect(folders.map(folder => existsSync(folder))).toEqual([false, false])
      expect(pids.map(isRunning)).toEqual([false, false])
    })
  })

  describe('a cluster', limit, () => {
    it('serves every slot, and ownerOf names the node that has a key', async () => {
      const cluster = await start(startCluster())
      const writer = new Cluster(cluster.nodes)
      onTestFinished(() => writer.disconnect())
      const keys = Array.from({ length: 30 }, (_, index) => `key-${index}`)
      await Promise.all(keys.map(key => writer.set(key, 'yes')))
      for (const key of keys) expect(await client(await cluster.ownerOf(key)).get(key)).toBe('yes')
    })

    it('moves a slot with its keys, and serves the other slots while a node is down', async () => {
      const cluster = await start(startCluster())
      const from = await cluster.ownerOf('moved')
      const [to, third] = cluster.masters.filter(master => master !== from)
      if (!to || !third) throw new Error('a cluster has three masters')
      await client(from).set('moved', 'yes')
      await cluster.moveSlot('moved', to)
      expect(await client(to).get('moved')).toBe('yes')
      await expect(client(from).get('moved')).rejects.toThrow('MOVED')
      await cluster.kill(third)
      const nodes = client(to)
      await expect.poll(() => nodes.cluster('NODES'), failover).toMatch(/master,fail /)
      expect(await client(to).get('moved')).toBe('yes')
    })

    it('can have a replica for each master, which takes over for it', async () => {
      const cluster = await start(startCluster({ replicas: true }))
      expect(cluster.nodes).toHaveLength(6)
      const owner = await cluster.ownerOf('kept')
      const writer = client(owner)
      await writer.set('kept', 'yes')
      expect(await writer.wait(1, 5_000)).toBe(1)
      await cluster.kill(owner)
      const others = cluster.nodes.filter(({ port }) => port !== owner.port)
      const reader = new Cluster(others)
      onTestFinished(() => reader.disconnect())
      await expect.poll(() => reader.get('kept').catch(() => 'not yet'), failover).toBe('yes')
    })

    // A test run that is killed must not leave six servers behind for every test file.
    it.runIf(process.platform === 'linux')('ends with the process that started it', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'ringer-fakes-'))
      onTestFinished(() => rmSync(folder, { recursive: true }))
      const source = new URL('../src/index.ts', import.meta.url).href
      const script = `const { startCluster } = await import('${source}')
      console.log((await startCluster()).masters.map(({ pid }) => pid).join())`
      const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...process.env, TMPDIR: folder },
      })
      onTestFinished(() => void parent.kill('SIGKILL'))
      const pids = await new Promise<number[]>(resolve => {
        createInterface({ input: parent.stdout }).once('line', line => resolve(line.split(',').map(Number)))
      })
      expect(pids.map(isRunning)).toEqual([true, true, true])
      parent.kill('SIGKILL')
      await expect.poll(() => pids.map(isRunning)).toEqual([false, false, false])
    })
  })

  function isRunning(pid: number): boolean {
    try {
      // A zombie no longer runs. It stays listed until some process reaps it.
      return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
    } catch {
      return false
    }
  }
})
