import { FORMAT } from '@ringer/payloads'
import { createLogger } from '@ringer/service'
import { CALLS } from '@ringer/store'
import { Queue } from 'bullmq'
import { describe, expect } from 'vitest'
import { createWorkerMetrics } from '../../apps/worker/src/metrics.ts'
import { DEFAULT_SESSION_ID, deliver, initiated, register, tokens } from '../webhooks.ts'
import { it as worldIt } from '../world.ts'

const newer = FORMAT + 1
const other = 'b2'.repeat(32)
const DAY_MS = 86_400_000

interface Logged {
  log: ReturnType<typeof createLogger>
  /** What was logged at these levels. */
  said: (...levels: string[]) => Record<string, unknown>[]
}

const it = worldIt.extend('logged', (): Logged => {
  const lines: string[] = []
  return {
    log: createLogger('worker', 'info', { write: line => void lines.push(line) }),
    said: (...levels) => lines.map(line => JSON.parse(line)).filter(({ level }) => levels.includes(level)),
  }
})

describe('what a newer version of Ringer stored', () => {
  it('keeps one phone from ringing, and no other phone of the user; the worker logs and counts it', async ({
    world,
    logged: { log, said },
  }) => {
    const { body } = await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
    await register(world.ingress, { uid: 'bob', platform: 'ios', token: other })
    await world.reader.hset(world.keys.device(body.deviceId ?? ''), 'format', newer)
    const metrics = createWorkerMetrics()
    world.addWorker({ log, metrics })
    await deliver(world.ingress, initiated())
    await world.apns.waitFor(received => received.length === 1)
    expect(world.apns.received[0]?.token).toBe(other)
    const what = 'a newer version of Ringer stored a record in Redis; it is skipped'
    expect(said('error')).toMatchObject([{ kind: 'device', deviceId: body.deviceId, msg: what }])
    expect((await metrics.unreadable.get()).values).toContainEqual({ labels: { kind: 'device' }, value: 1 })

    // The phone rings again once its app has registered it.
    await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
    expect(await world.devices.get(body.deviceId ?? '')).toBeDefined()
  })

  it('is left out when a call is read, and the next call is read as usual', async ({ world }) => {
    await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
    world.addWorker()
    await deliver(world.ingress, initiated())
    const rings = async () => (await world.records.read('default', DEFAULT_SESSION_ID))?.rings
    await expect.poll(rings).toMatchObject([{ devices: [{ outcome: 'accepted' }] }])
    const { ringId = '' } = (await rings())?.[0] ?? {}
    await world.reader.hset(world.keys.ring(ringId), 'format', newer)
    expect(await rings()).toBeUndefined()
    const sessionId = `${DEFAULT_SESSION_ID}-next`
    await deliver(world.ingress, initiated({ sessionId }))
    const next = async () => (await world.records.read('default', sessionId))?.rings
    await expect.poll(next).toMatchObject([{ devices: [{ outcome: 'accepted' }] }])
  })

  it('stays in the queue for a newer worker, while older ones handle all other jobs', async ({
    world,
    logged: { log, said },
  }) => {
    await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
    const queue = new Queue(CALLS, { connection: world.reader, prefix: world.prefix })
    const options = { attempts: Number.MAX_SAFE_INTEGER, backoff: { type: 'fixed', delay: 500 } }
    const data = { format: newer, in: { another: 'shape' } }
    const urgent = await queue.add('ring', data, options)
    const old = await queue.add('ring', data, { ...options, timestamp: Date.now() - DAY_MS - 1_000 })
    world.addWorker({ log })
    await deliver(world.ingress, initiated())
    await world.apns.waitFor(received => received.length === 1)
    // It was offered again and again, and said once.
    await expect
      .poll(async () => (await queue.getJob(urgent.id ?? ''))?.attemptsStarted)
      .toBeGreaterThanOrEqual(3)
    expect((await queue.getJob(urgent.id ?? ''))?.data).toEqual(data)
    const what = 'a newer version of Ringer stored this job; it is left to a newer worker'
    expect(said('warn')).toMatchObject([
      { queue: CALLS, jobId: urgent.id, format: newer, readsUpTo: FORMAT, msg: what },
    ])
    await expect.poll(() => queue.getFailedCount()).toBe(1)
    expect(said('error')).toMatchObject([{ jobId: old.id, msg: 'job failed' }])
    await queue.close()
  })
})
