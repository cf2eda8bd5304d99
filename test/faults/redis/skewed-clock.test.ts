import { startRedis } from '@ringer/fakes'
import type { CallRecord } from '@ringer/store'
import { describe, expect, onTestFinished } from 'vitest'
import { describeWithRedisServer } from '../../fixtures/describe-with-redis-server.ts'
import { deliver, initiated, register, tokens } from '../../webhooks.ts'
import { it, startWorld, type World } from '../../world.ts'

const CALLS = 10
const RING_MS = 30_000
const SKEW_MS = 31_000
const limit = { timeout: 60_000 }
const recovery = { timeout: 20_000, interval: 50 }

/** The environment of a process whose own clock is wrong. */
const wrongBy = (ms: number) => ({
  NODE_OPTIONS: `--import=${new URL('../../fixtures/shift-clock.mjs', import.meta.url).href}`,
  TEST_CLOCK_SHIFT_MS: String(ms),
})

/** Rings Bob's phones with every call, and checks the times of every step against the clock of this machine. */
async function expectRings(world: World, ingress: string) {
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
  const began = Date.now()
  const sessions = Array.from({ length: CALLS }, (_, index) => `v1.eu.skewed-${index}`)
  for (const sessionId of sessions) {
    expect((await deliver(ingress, initiated({ sessionId }))).body).toEqual({ status: 'queued' })
  }
  const read = () => Promise.all(sessions.map(id => world.records.read('default', id)))
  const outcomes = async () => (await read()).flatMap(call => devicesOf(call).map(({ outcome }) => outcome))
  await expect.poll(outcomes, recovery).toEqual(Array(2 * CALLS).fill('accepted'))
  expect(world.apns.acceptedCount(tokens.iphone)).toBe(CALLS)
  expect(world.fcm.acceptedCount(tokens.android)).toBe(CALLS)

  const ended = Date.now()
  for (const call of await read()) {
    const [ring] = call?.rings ?? []
    for (const { sentAt, settledAt } of devicesOf(call)) {
      const steps = [began, ring?.receivedAt, ring?.dequeuedAt, sentAt, settledAt, ended]
      for (const [index, at] of steps.slice(1).entries()) {
        // Processes measure Redis's clock to a few milliseconds on an idle machine.
        expect(at).toBeGreaterThan((steps[index] ?? Number.NaN) - 500)
      }
    }
  }
  for (const { body } of world.fcm.accepted(tokens.android)) {
    const { ttl } = (body as { message: { android: { ttl: string } } }).message.android
    expect(Number.parseFloat(ttl)).toBeLessThanOrEqual(RING_MS / 1_000)
  }
}

describe('calls ring in time, and are recorded at the right times', limit, () => {
  // F48: a worker whose clock was 31 s fast silenced calls: it took each for expired.
  it.for([-SKEW_MS, SKEW_MS])('when the clock of the worker is wrong by %i ms', async (skew, { world }) => {
    await world.addWorkerProcess(wrongBy(skew))
    await expectRings(world, world.ingress)
  })

  it.for([-SKEW_MS, SKEW_MS])(
    'when the clock of the ingress is wrong by %i ms and that of the worker by as much in the other direction',
    async (skew, { world }) => {
      const ingress = await world.addIngressProcess(wrongBy(skew))
      await world.addWorkerProcess(wrongBy(-skew))
      await expectRings(world, ingress.url)
    },
  )

  it.for([-SKEW_MS, SKEW_MS])(
    'when the clock of the worker is wrong by %i ms and the first attempt fails',
    async (skew, { world }) => {
      world.apns.order({ status: 503, reason: 'ServiceUnavailable' }, { times: 2 })
      world.fcm.order({ status: 503, reason: 'UNAVAILABLE' }, { times: 2 })
      await world.addWorkerProcess(wrongBy(skew))
      await expectRings(world, world.ingress)
    },
  )
})

describeWithRedisServer('while Redis was away at the start', () => {
  it.for([-SKEW_MS, SKEW_MS])(
    'a call rings although the clocks are wrong by %i ms: no call is stored before Redis’s time is known',
    limit,
    async skew => {
      const redis = await startRedis({ kind: 'redis-server' })
      onTestFinished(() => redis.close())
      const world = await startWorld(redis)
      onTestFinished(() => world.close())
      await redis.kill()
      const ingress = await world.addIngressProcess(wrongBy(skew))
      await world.addWorkerProcess(wrongBy(skew))
      await redis.restart()
      const began = Date.now()
      const first = async () => (await deliver(ingress.url, initiated({ sessionId: 'v1.eu.first' }))).status
      await expect.poll(first, { timeout: 20_000, interval: 1 }).toBe(200)
      const received = async () => (await world.records.read('default', 'v1.eu.first'))?.rings[0]?.receivedAt
      await expect.poll(received, recovery).toBeGreaterThan(began - 500)
      expect(await received()).toBeLessThan(Date.now() + 500)
    },
  )
})

describe('a process whose clock is wrong', limit, () => {
  it.for([
    ['ingress', -SKEW_MS, 'behind'],
    ['worker', SKEW_MS, 'ahead of'],
  ] as const)('says so: %s', async ([app, skew, direction], { world }) => {
    const process = await (app === 'ingress' ? world.addIngressProcess : world.addWorkerProcess)(
      wrongBy(skew),
    )
    const get = async (path: string) => (await fetch(new URL(path, process.adminUrl))).text()
    const offset = async () =>
      Number(/^ringer_clock_offset_seconds (\S+)$/m.exec(await get('/metrics'))?.[1]) * 1_000
    expect(Math.abs((await offset()) - skew)).toBeLessThan(500)

    await expect
      .poll(async () => JSON.parse(await get('/health/ready')), recovery)
      .toMatchObject({
        status: 'ready',
        checks: { clock: { ready: true, offsetMs: expect.toSatisfy(ms => Math.abs(ms - skew) < 500) } },
      })
    const words = new RegExp(`the clock of this machine is 3[01]\\.\\d s ${direction} Redis's`)
    await expect.poll(process.printed).toMatch(words)
    expect(process.printed().match(/the clock of this machine/g)).toHaveLength(1)
  })

  it('says nothing if its clock is right', async ({ world }) => {
    const worker = await world.addWorkerProcess()
    expect(worker.printed()).not.toContain('clock')
  })
})

const devicesOf = (call: CallRecord | undefined) => call?.rings[0]?.devices ?? []
