import { startRedis } from '@ringer/fakes'
import { expect, it, onTestFinished } from 'vitest'
import { describeWithRedisServer } from '../fixtures/describe-with-redis-server.ts'
import { startWorld } from '../world.ts'

const limit = { timeout: 60_000 }
const patient = { timeout: 15_000 }

describeWithRedisServer('a process whose Redis is not there yet', () => {
  it.each(['ingress', 'worker'] as const)(
    'logs that it listens, and later that it is ready: %s',
    limit,
    async app => {
      const redis = await startRedis({ kind: 'redis-server' })
      onTestFinished(() => redis.close())
      const world = await startWorld(redis)
      onTestFinished(() => world.close())
      await redis.kill()
      const more = { LOG_LEVEL: 'info' }
      const started =
        app === 'ingress' ? await world.addIngressProcess(more) : await world.addWorkerProcess(more)
      const messages = () =>
        started
          .printed()
          .split('\n')
          .flatMap(line => /"msg":"([^"]*)"/.exec(line)?.[1] ?? [])
      await expect.poll(messages, patient).toContain('listening')
      await expect
        .poll(
          async () =>
            (await fetch(`${started.adminUrl}/health/ready`, { headers: { connection: 'close' } })).status,
          patient,
        )
        .toBe(503)
      expect(messages()).not.toContain('ready')
      await redis.restart()
      await expect.poll(messages, patient).toContain('ready')
      expect(
        (await fetch(`${started.adminUrl}/health/ready`, { headers: { connection: 'close' } })).status,
      ).toBe(200)
    },
  )
})
