import { type StartedRedis, startRedis } from '@ringer/fakes'
import { apnsId, type EndAction } from '@ringer/payloads'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Outcome } from '../../src/pushes/outcome.ts'
import { openPushWorld, type PushWorld } from './push-world.ts'

let redis: StartedRedis
let world: PushWorld
beforeAll(async () => {
  redis = await startRedis()
})
beforeEach(() => {
  world = openPushWorld(redis.url, 'fcm')
})
afterEach(() => world.close())
afterAll(() => redis.close())

const unavailable: Outcome = { kind: 'retryable', status: 503, reason: 'UNAVAILABLE', delivered: 'no' }
const unanswered: Outcome = { kind: 'retryable', reason: 'no answer in time', delivered: 'maybe' }
const unregistered = (since?: number): Outcome => ({
  kind: 'unregistered',
  status: 410,
  reason: 'Unregistered',
  since,
})
const over = { done: true }

const end = (job: { sessionId: string }, action: EndAction = 'cancelled') =>
  world.records.end('end-1', 'app-1', { kind: 'end', action, sessionId: job.sessionId }, world.now())

describe('an attempt', () => {
  it('sends, and records what became of it', async () => {
    const { job, device } = await world.prepareRing()
    expect(await world.handle(job)).toEqual(over)
    const { kind, ringId, deadline } = job
    expect(world.sender.sent).toMatchObject([{ kind, ringId, deadline, device, event: { recipient: 'bob' } }])
    expect(await world.outcomeOf(job)).toMatchObject({ outcome: 'accepted', status: 200, attempt: 1 })
  })

  it('is not made twice for a phone that accepted', async () => {
    const { job } = await world.prepareRing()
    await world.handle(job)
    expect(await world.handle(job)).toEqual(over)
    expect(world.sender.sent).toHaveLength(1)
  })

  it.each<[string, string, (job: { sessionId: string; deadline: number }) => Promise<unknown> | unknown]>([
    ['that was cancelled before', 'skipped', job => end(job)],
    [
      'that was answered before',
      'skipped',
      ({ sessionId }) =>
        world.records.answer('job-a', 'app-1', { kind: 'answer', sessionId, uid: 'bob' }, world.now()),
    ],
    ['whose deadline has passed', 'expired', () => world.advance(30_000)],
    ['whose phone was unregistered', 'skipped', () => forgetAll()],
    ['whose phone belongs to somebody else', 'skipped', () => register('carol')],
  ])('is not made for a call %s', async (_, outcome, before) => {
    const { job } = await world.prepareRing()
    await before(job)
    expect(await world.handle(job)).toEqual(over)
    expect(world.sender.sent).toEqual([])
    expect(await world.outcomeOf(job)).toMatchObject({ outcome, reason: expect.any(String) })
  })

  it('of a ring that is not on record is not made', async () => {
    const { job } = await world.prepareRing()
    expect(await world.handle({ ...job, ringId: 'another' })).toEqual(over)
    expect(world.sender.sent).toEqual([])
  })

  it('writes one line with the same fields each, and no token', async () => {
    const { job, device } = await world.prepareRing()
    world.sender.script.push(
      () => unavailable,
      () => ({ kind: 'rejected', status: 403, reason: 'BadTopic' }),
    )
    await world.handle(job)
    await world.handle(job)
    const { sessionId, deviceId } = job
    const fixed = { provider: 'fcm', kind: 'ring', sessionId, deviceId, ms: expect.any(Number) }
    expect(world.lines).toEqual([
      { ...fixed, attempt: 1, outcome: 'retryable', status: 503, reason: 'UNAVAILABLE', message: 'attempt' },
      { ...fixed, attempt: 2, outcome: 'rejected', status: 403, reason: 'BadTopic', message: 'attempt' },
    ])
    expect(JSON.stringify(world.lines)).not.toContain(device.token)
  })
})

describe('a retry', () => {
  it('keeps the ids and the deadline, and looks the device up again', async () => {
    const { job } = await world.prepareRing()
    world.sender.script.push(() => unavailable)
    const next = await world.handle(job)
    expect(next).toMatchObject({ done: false })
    expect(await world.outcomeOf(job)).toMatchObject({ outcome: 'retryable', status: 503, attempt: 1 })
    await world.handle(job)
    const ids = world.sender.sent.map(push => [
      push.kind !== 'alert' && apnsId(push.ringId, push.device.id),
      push.deadline,
    ])
    expect(ids).toHaveLength(2)
    expect(ids[0]).toEqual(ids[1])
    expect(await world.outcomeOf(job)).toMatchObject({ outcome: 'accepted', attempt: 2 })
  })

  it('that would miss the deadline is none', async () => {
    const { job } = await world.prepareRing()
    world.advance(29_900)
    world.sender.script.push(() => unavailable)
    expect(await world.handle(job)).toEqual(over)
    expect(await world.outcomeOf(job)).toMatchObject({ outcome: 'expired', reason: 'UNAVAILABLE' })
  })

  it('is none when the call ended during the attempt', async () => {
    const { job } = await world.prepareRing()
    world.sender.script.push(async () => {
      await end(job)
      return unavailable
    })
    expect(await world.handle(job)).toEqual(over)
    expect(await world.outcomeOf(job)).toMatchObject({ outcome: 'skipped' })
    expect(await world.stops()).toEqual([])
  })
})

describe('a dead token', () => {
  it('is forgotten', async () => {
    const { job, device } = await world.prepareRing()
    world.sender.script.push(() => unregistered(world.now()))
    expect(await world.handle(job)).toEqual(over)
    expect(await world.devices.get(device.id)).toBeUndefined()
    expect(await world.outcomeOf(job)).toMatchObject({ outcome: 'unregistered', status: 410 })
  })

  // A late "unregistered" deleted a token that the phone had registered again since.
  it.each<[string, () => Outcome | Promise<Outcome>]>([
    ['was registered after its provider had seen it dead', () => unregistered(world.now() - 60_000)],
    ['was registered again during the attempt', async () => registerThen('bob', unregistered())],
    [
      'was registered again during the attempt, whatever the provider’s clock says',
      async () => registerThen('bob', unregistered(world.now() + 60_000)),
    ],
    ['belongs to somebody else by now', async () => registerThen('carol', unregistered())],
  ])('stays when it %s', async (_, answer) => {
    const { job, device } = await world.prepareRing()
    world.sender.script.push(answer)
    await world.handle(job)
    expect(await world.devices.get(device.id)).toBeDefined()
  })

  // F21: a wrong key, and everybody's tokens went.
  it('stays when too many are reported dead at once, and the log says so', async () => {
    const { job, device } = await world.prepareRing()
    while (world.deps.deletionGuard.mayForget());
    world.sender.script.push(() => unregistered(world.now()))
    await world.handle(job)
    expect(await world.devices.get(device.id)).toBeDefined()
    expect(world.lines.map(line => line.message)).toContainEqual(expect.stringContaining('this one is kept'))
  })

  it('is told from a refusal, which deletes nothing', async () => {
    const { job, device } = await world.prepareRing()
    world.sender.script.push(() => ({ kind: 'rejected', status: 403, reason: 'SENDER_ID_MISMATCH' }))
    expect(await world.handle(job)).toEqual(over)
    expect(await world.devices.get(device.id)).toEqual(device)
    expect(await world.outcomeOf(job)).toMatchObject({ outcome: 'rejected', reason: 'SENDER_ID_MISMATCH' })
  })
})

describe('a call that ends while its push is under way', () => {
  it.each<[string, Outcome, boolean]>([
    ['was accepted', { kind: 'accepted', status: 200 }, true],
    ['may have been delivered', unanswered, true],
    ['was not processed', unavailable, false],
    ['was refused', { kind: 'rejected', status: 400, reason: 'INVALID_ARGUMENT' }, false],
  ])('is told to the phone if the push %s', async (_, outcome, told) => {
    const { job } = await world.prepareRing()
    world.sender.script.push(async () => {
      await end(job, 'unanswered')
      return outcome
    })
    expect(await world.handle(job)).toEqual(over)
    const { appId, ringId, sessionId, deviceId } = job
    const stop = {
      kind: 'stop',
      appId,
      ringId,
      sessionId,
      deviceId,
      action: 'unanswered',
      deadline: expect.any(Number),
    }
    expect(await world.stops()).toEqual(told ? [stop] : [])
  })

  it('is told to no iPhone', async () => {
    const iphones = openPushWorld(redis.url, 'apns')
    const { job } = await iphones.prepareRing()
    iphones.sender.script.push(async () => {
      await iphones.records.end(
        'end-1',
        'app-1',
        { kind: 'end', action: 'cancelled', sessionId: job.sessionId },
        iphones.now(),
      )
      return { kind: 'accepted', status: 200 }
    })
    await iphones.handle(job)
    expect(await iphones.stops()).toEqual([])
    await iphones.close()
  })
})

describe('a stop', () => {
  const stopOf = async () => {
    const { job, device } = await world.prepareRing()
    const stop = { ...job, kind: 'stop' as const, action: 'cancelled' as const }
    return { stop, device }
  }

  it('is sent, and again while it is worth something', async () => {
    const { stop } = await stopOf()
    world.sender.script.push(() => unavailable)
    expect(await world.handle(stop, 1)).toMatchObject({ done: false })
    expect(await world.handle(stop, 2)).toEqual(over)
    expect(world.sender.sent).toMatchObject([{ action: 'cancelled' }, { action: 'cancelled' }])
    world.advance(30_000)
    expect(await world.handle(stop, 3)).toEqual(over)
    expect(world.sender.sent).toHaveLength(2)
  })

  it('is not sent to who has the phone now', async () => {
    const { stop } = await stopOf()
    await register('carol')
    expect(await world.handle(stop, 1)).toEqual(over)
    expect(world.sender.sent).toEqual([])
  })
})

describe('an environment that proved right', () => {
  it('is kept for the next ring', async () => {
    const { job, device } = await world.prepareRing()
    world.sender.script.push(() => ({ kind: 'accepted', status: 200, environment: 'sandbox' }))
    await world.handle(job)
    expect(await world.devices.get(device.id)).toEqual({ ...device, environment: 'sandbox' })
  })
})

async function register(uid: string): Promise<void> {
  const token = 'a1'.repeat(32)
  const registration = { appId: 'app-1', uid, kind: 'voip', platform: 'android', token } as const
  world.advance(1_000)
  await world.devices.register(registration, world.now())
}

async function registerThen(uid: string, outcome: Outcome): Promise<Outcome> {
  await register(uid)
  return outcome
}

async function forgetAll(): Promise<void> {
  await world.devices.unregister({ appId: 'app-1', uid: 'bob' }, 'a1'.repeat(32))
}
