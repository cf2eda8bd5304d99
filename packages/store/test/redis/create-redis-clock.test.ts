import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { connectFailFast, connectPatient, createRedisClock, type RedisClient } from '@ringer/store'
import { expect, onTestFinished } from 'vitest'
import { it as redisIt } from '../../../../test/fixtures/redis.ts'

// All of this runs on one machine, so Redis's clock is Date.now().
const MARGIN_MS = 150
const error = (clock: { now: () => number }) => Math.abs(clock.now() - Date.now())

const it = redisIt.extend('slowRedis', async ({ redis }, { onCleanup }) => {
  const relay = await startSlowRelay(Number(new URL(redis.url).port))
  onCleanup(() => relay.close())
  return relay
})

it('the Redis clock shows Redis’s time, however wrong the local clock is', async ({ redis, prefix }) => {
  const connection = open(connectPatient({ kind: 'single', url: redis.url }))
  for (const wrongBy of [-31_000, 31_000]) {
    const clock = openClock(connection, prefix, { ownClock: () => Date.now() + wrongBy })
    await clock.measured
    expect(error(clock)).toBeLessThan(MARGIN_MS)
    expect(Math.abs(clock.offsetMs() - wrongBy)).toBeLessThan(MARGIN_MS)
  }
})

// All of the delay is on the way back: Redis's time is 2 s old when it arrives.
it('the Redis clock is off by at most half of a slow round trip', async ({ slowRedis, prefix }) => {
  const connection = open(connectPatient({ kind: 'single', url: slowRedis.url }))
  await once(connection, 'ready')
  slowRedis.delayAnswersBy(2_000)
  const clock = openClock(connection, prefix)
  await clock.measured
  expect(error(clock)).toBeLessThan(1_000 + MARGIN_MS)
})

it('the Redis clock keeps the offset of a fast round trip when later ones are slow', async ({
  slowRedis,
  prefix,
}) => {
  const connection = open(connectPatient({ kind: 'single', url: slowRedis.url }))
  const clock = openClock(connection, prefix, { intervalMs: 20 })
  await clock.measured
  slowRedis.delayAnswersBy(1_000)
  await slowRedis.answers(5)
  expect(error(clock)).toBeLessThan(MARGIN_MS)
})

it('the Redis clock soon corrects the offset of a slow first round trip', async ({ slowRedis, prefix }) => {
  const connection = open(connectPatient({ kind: 'single', url: slowRedis.url }))
  await once(connection, 'ready')
  slowRedis.delayAnswersBy(3_000)
  const clock = openClock(connection, prefix)
  await clock.measured
  slowRedis.delayAnswersBy(0)
  await expect.poll(() => error(clock), { timeout: 2_000 }).toBeLessThan(MARGIN_MS)
})

// Ingress and worker of one machine disagreed by 74 ms, and a push seemed to leave before its webhook came.
it('the Redis clock soon corrects the offset of a first round trip in a busy process', async ({
  slowRedis,
  prefix,
}) => {
  const connection = open(connectPatient({ kind: 'single', url: slowRedis.url }))
  // Redis knows the script from here on, so that each measurement is one round trip.
  const first = openClock(connection, prefix)
  await first.measured
  first.close()
  slowRedis.delayAnswersBy(220)
  const clock = openClock(connection, prefix)
  await clock.measured
  slowRedis.delayAnswersBy(0)
  await expect.poll(() => error(clock), { timeout: 5_000 }).toBeLessThan(50)
})

it('the Redis clock shows local time until Redis answers, and keeps Redis’s time while Redis is down', async ({
  slowRedis,
  prefix,
}) => {
  slowRedis.refuse()
  const connection = open(connectFailFast({ kind: 'single', url: slowRedis.url }, 500))
  const clock = openClock(connection, prefix, { ownClock: () => Date.now() + 60_000, intervalMs: 20 })
  expect(clock.isMeasured()).toBe(false)
  expect(Math.abs(clock.now() - Date.now() - 60_000)).toBeLessThan(MARGIN_MS)
  slowRedis.accept()
  await clock.measured
  expect(clock.isMeasured()).toBe(true)
  slowRedis.refuse()
  await expect.poll(() => connection.status).not.toBe('ready')
  expect(error(clock)).toBeLessThan(MARGIN_MS)
})

function open<Client extends RedisClient>(connection: Client): Client {
  onTestFinished(() => connection.disconnect())
  return connection
}

function openClock(...args: Parameters<typeof createRedisClock>) {
  const clock = createRedisClock(...args)
  onTestFinished(() => clock.close())
  return clock
}

/** Forwards to Redis, and delays its answers. */
async function startSlowRelay(port: number) {
  let delayMs = 0
  let refuses = false
  let answers = 0
  const closers = new Set<() => void>()
  const server = createServer({ noDelay: true }, client => {
    if (refuses) return void client.destroy()
    const upstream = connect({ host: '127.0.0.1', port, noDelay: true })
    const close = () => {
      client.destroy()
      upstream.destroy()
    }
    closers.add(close)
    for (const socket of [client, upstream]) socket.on('error', close).on('close', close)
    client.on('data', chunk => upstream.write(chunk))
    upstream.on('data', chunk => {
      const answer = () => {
        answers += 1
        client.write(chunk)
      }
      if (delayMs > 0) setTimeout(answer, delayMs)
      else answer()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    for (const close of closers) close()
    closers.clear()
  }
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delayAnswersBy(ms: number) {
      delayMs = ms
    },
    /** Resolves when this many more answers have arrived. */
    async answers(count: number) {
      const before = answers
      await expect.poll(() => answers - before, { timeout: 20_000 }).toBeGreaterThanOrEqual(count)
    },
    refuse() {
      refuses = true
      cut()
    },
    accept() {
      refuses = false
    },
    async close() {
      cut()
      server.close()
    },
  }
}
