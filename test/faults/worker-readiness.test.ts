import { startRedis } from '@ringer/fakes'
import { CALLS } from '@ringer/store'
import { Queue } from 'bullmq'
import { expect, it, onTestFinished } from 'vitest'
import { describeWithRedisServer } from '../fixtures/describe-with-redis-server.ts'
import { startWorld } from '../world.ts'

const limit = { timeout: 60_000 }
const recovery = { timeout: 15_000, interval: 50 }

async function openWorld() {
  const redis = await startRedis({ kind: 'redis-server' })
  onTestFinished(() => redis.close())
  const world = await startWorld(redis)
  onTestFinished(() => world.close())
  return world
}

describeWithRedisServer("a worker's readiness", () => {
  // F24: consumers were dead while the health check said OK.
  it('is lost when calls wait for longer than 10 s, and reports for how long', limit, async () => {
    const world = await openWorld()
    const worker = await world.addWorkerProcess()
    const ask = async () => {
      const response = await fetch(new URL('/health/ready', worker.adminUrl))
      const body: { checks: { backlog: { oldestMs: { calls: number } } } } = JSON.parse(await response.text())
      return { status: response.status, body }
    }
    const idle = { calls: 0, groups: 0, 'pushes-apns': 0, 'pushes-fcm': 0, 'pushes-webpush': 0 }
    await expect.poll(ask, recovery).toEqual({
      status: 200,
      body: {
        status: 'ready',
        checks: {
          ...{ redis: true, queues: true, backlog: { ready: true, oldestMs: idle } },
          clock: { ready: true, offsetMs: expect.any(Number) },
        },
      },
    })

    const queue = new Queue(CALLS, { connection: world.reader, prefix: world.prefix })
    onTestFinished(() => queue.close())
    await queue.pause()
    await queue.add('waits', {}, { timestamp: Date.now() - 11_000 })
    const lost = await ask()
    expect(lost).toMatchObject({ status: 503, body: { checks: { redis: true, queues: true } } })
    expect(lost.body.checks.backlog).toMatchObject({ ready: false, oldestMs: { 'pushes-apns': 0 } })
    expect(lost.body.checks.backlog.oldestMs.calls).toBeGreaterThan(10_500)
    await queue.resume()
    await expect.poll(async () => (await ask()).status, recovery).toBe(200)
  })

  it(
    'is lost when the connection that waits for jobs is lost, although the other connection answers',
    limit,
    async () => {
      const world = await openWorld()
      const worker = world.addWorker()
      await expect.poll(() => worker.isRunning(), recovery).toBe(true)
      const blocking = `${world.prefix}:${Buffer.from(CALLS).toString('base64')}`
      const clients = String(await world.reader.call('CLIENT', 'LIST')).split('\n')
      const id = clients.find(line => line.includes(`name=${blocking} `))?.match(/id=(\d+)/)?.[1]
      // No new client is accepted, so the connection cannot come back.
      await world.reader.call('CONFIG', 'SET', 'maxclients', '1')
      await world.reader.call('CLIENT', 'KILL', 'ID', String(id))
      await expect.poll(() => worker.isRunning(), recovery).toBe(false)
      expect(await world.reader.ping()).toBe('PONG')
      await world.reader.call('CONFIG', 'SET', 'maxclients', '1000')
      await expect.poll(() => worker.isRunning(), recovery).toBe(true)
    },
  )
})
