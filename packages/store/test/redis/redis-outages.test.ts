import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { freshPrefix, type RedisServer, startRedis } from '@ringer/fakes'
import type { CallJob } from '@ringer/payloads'
import {
  CALLS,
  connectFailFast,
  connectPatient,
  createCallQueue,
  createPushQueues,
  type Enqueued,
  ping,
  pushQueueName,
  type RedisClient,
  waitUntilReady,
} from '@ringer/store'
import { Queue } from 'bullmq'
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { describeWithRedisServer } from '../../../../test/fixtures/describe-with-redis-server.ts'
import { APP_ID } from '../../../payloads/test/webhooks.ts'
import { ringToClaim } from '../calls/claim-ring.ts'

const TIMEOUT_MS = 500
/** An attempt that timed out may have been stored anyway. The next one is then its duplicate. */
const STORED = /^(queued|duplicate)$/
const recovery = { timeout: 5_000, interval: 50 }

function job(sessionId = 'v1.eu.first'): CallJob {
  const { event, receivedAt, deadline } = ringToClaim({ sessionId })
  return { appId: APP_ID, event, receivedAt, deadline }
}

describeWithRedisServer('during a Redis outage', () => {
  let redis: RedisServer
  let prefix: string
  beforeAll(async () => {
    redis = await startRedis({
      kind: 'redis-server',
      args: ['--appendonly', 'yes', '--appendfsync', 'no'],
    })
    return () => redis.close()
  })
  beforeEach(() => {
    prefix = freshPrefix()
  })
  afterEach(() => {
    redis.resume()
    return redis.restart()
  })

  const target = () => ({ kind: 'single', url: redis.url }) as const

  describe('the ingress', () => {
    it('rejects within a second when Redis dies, again and again, and works when it is back', async () => {
      const queue = openCallQueue(connectFailFast(target(), TIMEOUT_MS))
      await expect.poll(() => attempt(queue), recovery).toMatch(STORED)
      await redis.kill()
      for (let round = 0; round < 5; round += 1) await expectRefusal(() => queue.enqueue(job('v1.eu.second')))
      await redis.restart()
      await expect.poll(() => attempt(queue, 'v1.eu.second'), recovery).toMatch(STORED)
      expect(await storedSessions()).toEqual(['v1.eu.first', 'v1.eu.second'])
    })

    it('rejects at once, without waiting for its limit, while Redis is known to be down', async () => {
      const connection = connectFailFast(target(), 10_000)
      const queue = openCallQueue(connection)
      expect(await waitUntilReady(connection, 2_000)).toBe(true)
      redis.pause()
      const inFlight = expectRefusal(() => queue.enqueue(job()))
      await redis.kill()
      await inFlight
      const began = performance.now()
      for (let round = 0; round < 5; round += 1) await expectRefusal(() => queue.enqueue(job()))
      expect(performance.now() - began).toBeLessThan(400)
    })

    it('rejects within a second when Redis was never up, and works when it comes up', async () => {
      await redis.kill()
      const connection = connectFailFast(target(), TIMEOUT_MS)
      const queue = openCallQueue(connection)
      await expectRefusal(() => queue.enqueue(job()))
      expect(await waitUntilReady(connection, 50)).toBe(false)
      await expectRefusal(() => queue.enqueue(job()))
      await redis.restart()
      await expect.poll(() => attempt(queue), recovery).toMatch(STORED)
      expect(await storedSessions()).toEqual(['v1.eu.first'])
    })

    it('rejects within a second when Redis is frozen, and stores the retry of that call once', async () => {
      const connection = connectFailFast(target(), TIMEOUT_MS)
      const queue = openCallQueue(connection)
      expect(await waitUntilReady(connection, 2_000)).toBe(true)
      redis.pause()
      await expectRefusal(() => queue.enqueue(job()))
      await expectRefusal(() => queue.enqueue(job()))
      redis.resume()
      await expect.poll(() => attempt(queue), recovery).toMatch(STORED)
      expect(await storedSessions()).toEqual(['v1.eu.first'])
    })

    it('rejects within a second when it starts while Redis is frozen, and works when Redis resumes', async () => {
      redis.pause()
      const queue = openCallQueue(connectFailFast(target(), TIMEOUT_MS))
      await expectRefusal(() => queue.enqueue(job()))
      await expectRefusal(() => queue.enqueue(job()))
      redis.resume()
      await expect.poll(() => attempt(queue), recovery).toMatch(STORED)
      expect(await storedSessions()).toEqual(['v1.eu.first'])
    })

    // A host that vanishes sends neither FIN nor RST. Left to the operating system, the connection stays open for a
    // quarter of an hour, while another Redis answers at the same address.
    it('replaces a connection that has gone silent', async () => {
      const relay = await startRelay(Number(new URL(redis.url).port))
      const connection = connectFailFast({ kind: 'single', url: relay.url }, TIMEOUT_MS)
      const queue = openCallQueue(connection)
      expect(await waitUntilReady(connection, 2_000)).toBe(true)
      relay.silenceOpenConnections()
      await expectRefusal(() => queue.enqueue(job()))
      await expect.poll(() => attempt(queue), recovery).toMatch(STORED)
      expect(await storedSessions()).toEqual(['v1.eu.first'])
    })

    it('closes at once', async () => {
      const queue = openCallQueue(connectFailFast(target(), TIMEOUT_MS))
      await redis.kill()
      await expect(queue.close()).resolves.toBeUndefined()
    })
  })

  describe('the worker', () => {
    it('finishes a fan-out that it had begun when Redis is back', async () => {
      const connection = connectPatient(target())
      onTestFinished(() => connection.disconnect())
      const queues = createPushQueues(connection, prefix, ['apns', 'fcm'])
      expect(await waitUntilReady(connection, 2_000)).toBe(true)
      await redis.kill()
      const fanOut = queues.enqueue('apns', [
        {
          kind: 'ring',
          appId: APP_ID,
          ringId: 'ring-1',
          sessionId: 'v1.eu.first',
          deviceId: 'd1',
          deadline: 1,
        },
      ])
      await redis.restart()
      await fanOut
      expect(await inspect(pushQueueName('apns')).getWaitingCount()).toBe(1)
      await queues.close()
    })

    it('waits for a Redis that is not up yet', async () => {
      await redis.kill()
      const connection = connectPatient(target())
      onTestFinished(() => connection.disconnect())
      expect(await waitUntilReady(connection, 50)).toBe(false)
      const answer = connection.get('nothing')
      await redis.restart()
      expect(await answer).toBeNull()
    })
  })

  describe('a ping', () => {
    it('reports whether Redis answers within its limit', async () => {
      const connection = connectPatient(target())
      onTestFinished(() => connection.disconnect())
      expect(await waitUntilReady(connection, 2_000)).toBe(true)
      expect(await ping(connection, 1_000)).toBe(true)
      redis.pause()
      expect(await ping(connection, 50)).toBe(false)
      redis.resume()
      expect(await ping(connection, 2_000)).toBe(true)
      await redis.kill()
      await expect.poll(() => connection.status).not.toBe('ready')
      expect(await ping(connection, 1_000)).toBe(false)
      await redis.restart()
      await expect.poll(() => ping(connection, 1_000), recovery).toBe(true)
    })
  })

  function openCallQueue(connection: RedisClient) {
    const queue = createCallQueue(connection, prefix)
    onTestFinished(async () => {
      await queue.close()
      connection.disconnect()
    })
    return queue
  }

  /** The session ids of all stored calls, repeated for a call that is stored twice. */
  async function storedSessions(): Promise<string[]> {
    const jobs = await inspect(CALLS).getWaiting()
    return jobs.map(({ data }) => data.event.sessionId).sort()
  }

  function inspect(name: string): Queue {
    const connection = connectPatient(target())
    const queue = new Queue(name, { connection, prefix })
    queue.on('error', () => undefined)
    onTestFinished(async () => {
      await queue.close()
      connection.disconnect()
    })
    return queue
  }
})

/** The result of one attempt to enqueue a call. */
function attempt(
  queue: ReturnType<typeof createCallQueue>,
  sessionId?: string,
): Promise<Enqueued | 'refused'> {
  return queue.enqueue(job(sessionId)).catch(() => 'refused' as const)
}

async function expectRefusal(enqueue: () => Promise<Enqueued>) {
  const began = performance.now()
  await expect(enqueue()).rejects.toThrow()
  expect(performance.now() - began).toBeLessThan(1_000)
}

/** Starts a relay to Redis whose open connections can be silenced. Connections that open later work. */
async function startRelay(port: number) {
  const open = new Set<Socket>()
  const server = createServer(client => {
    const upstream = connect(port, '127.0.0.1')
    client.pipe(upstream).pipe(client)
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => open.delete(socket))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    silenceOpenConnections() {
      for (const socket of open) socket.unpipe().pause()
    },
  }
}
