import { startRedis } from '@ringer/fakes'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { describeWithRedisServer } from '../../../../test/fixtures/describe-with-redis-server.ts'
import { connectFailFast, connectPatient } from '../../src/redis/connect.ts'

/** What takes long to load, and then what is large: Redis guesses the time that is left from the bytes that it has read. */
const SMALL_KEYS = 30_000
const LARGE_VALUES = 20
const LARGE_BYTES = 2_000_000
const LOAD_DELAY_US = '20'

describeWithRedisServer('while Redis reads its data', () => {
  it('a Redis that has read its data is used at once, whatever loading time it had estimated', {
    timeout: 60_000,
  }, async () => {
    const server = await startRedis({
      kind: 'redis-server',
      args: ['--appendonly', 'yes', '--appendfsync', 'no', '--key-load-delay', LOAD_DELAY_US],
    })
    onTestFinished(() => server.close())
    const admin = new Redis(server.url)
    onTestFinished(() => admin.disconnect())
    admin.on('error', () => {})
    for (let written = 0; written < SMALL_KEYS; written += 1_000) {
      const pipeline = admin.pipeline()
      for (let key = written; key < written + 1_000; key += 1) pipeline.set(`small:${key}`, '')
      await pipeline.exec()
    }
    for (let key = 0; key < LARGE_VALUES; key += 1) await admin.set(`large:${key}`, 'x'.repeat(LARGE_BYTES))
    const target = { kind: 'single', url: server.url } as const
    const failFast = connectFailFast(target, 500)
    const patient = connectPatient(target)
    onTestFinished(() => {
      failFast.disconnect()
      patient.disconnect()
    })
    await Promise.all([failFast.ping(), patient.ping()].map(ping => ping.catch(() => {})))

    // Resolves when it has read its data. Clients came while it did.
    await server.restart()
    const readyAt = performance.now()
    const answers = async () => (await failFast.ping().catch(() => 'no')) === 'PONG'
    await expect.poll(answers, { timeout: 15_000, interval: 20 }).toBe(true)
    await patient.ping()
    expect(performance.now() - readyAt).toBeLessThan(1_500)
  })
})
