import type { EndAction } from '@ringer/payloads'
import type { Outcome } from '@ringer/providers/senders'
import { describe, expect } from 'vitest'
import { ringEvent } from '../../../../packages/payloads/test/ring-events.ts'
import { apns } from '../../../../packages/providers/src/apns/apns.ts'
import { apnsId } from '../../../../packages/providers/src/apns/payloads/apns-id.ts'
import { fcm } from '../../../../packages/providers/src/fcm/fcm.ts'
import { it } from '../../../../test/fixtures/store.ts'
import { ringPhone } from '../../src/rings/ring-phone.ts'
import { openPushWorld, type PushWorld } from './push-world.ts'

let world: PushWorld
it.beforeEach(({ store }) => {
  world = openPushWorld(store, fcm)
  return () => world.close()
})

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
  it('sends the push and records its outcome', async () => {
    const { job, device } = await world.prepareRing()
    expect(await world.handle(job)).toEqual(over)
    const { kind, ringId, deadline } = job
    expect(world.sender.sent).toMatchObject([{ kind, ringId, deadline, device, event: { recipient: 'bob' } }])
    expect(await world.outcomeOf(job)).toMatchObject({ outcome: 'accepted', status: 200, attempt: 1 })
  })

  it('is not repeated once a push was accepted', async () => {
    const { job } = await world.prepareRing()
    await world.handle(job)
    expect(await world.handle(job)).toEqual(over)
    expect(world.sender.sent).toHaveLength(1)
  })

  // The worker that wrote the outcome may have died before it noted the ring.
  it('is noted for the app’s backend when its outcome is known, and again if its job runs again', async () => {
    const { job } = await world.prepareRing()
    await world.handle(job)
    expect(world.noted).toEqual([job.ringId])
    await world.handle(job)
    expect(world.noted).toEqual([job.ringId, job.ringId])
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

  // A token is shown to Apple's other environment in the same attempt.
  it('may ask twice whether the push may leave, and gets the same answer', async () => {
    const { job } = await world.prepareRing()
    const departures: boolean[] = []
    world.sender.send = async (_push, commit) => {
      departures.push(await commit(), await commit())
      return { kind: 'accepted', status: 200 }
    }
    await world.handle(job)
    expect(departures).toEqual([true, true])
  })

  it('is put off for a second if another job has just begun one', async () => {
    const { job } = await world.prepareRing()
    await world.records.beginAttempt(job.ringId, job.deviceId, world.now())
    const next = await world.handle(job)
    expect(next).toMatchObject({ done: false })
    expect(world.sender.sent).toEqual([])
    world.advance(1_000)
    expect(await world.handle(job)).toEqual(over)
    expect(world.sender.sent).toHaveLength(1)
  })

  it('is not made for a ring that is not on record', async () => {
    const { job } = await world.prepareRing()
    expect(await world.handle({ ...job, ringId: 'another' })).toEqual(over)
    expect(world.sender.sent).toEqual([])
  })

  it('writes one log line, with fixed fields and without the token', async () => {
    const { job, device } = await world.prepareRing()
    world.sender.script.push(
      () => unavailable,
      () => ({ kind: 'rejected', status: 403, reason: 'BadTopic' }),
    )
    await world.handle(job, 1)
    await world.handle(job, 2)
    const { sessionId, deviceId } = job
    const fixed = { app: 'app-1', provider: 'fcm', kind: 'ring', sessionId, deviceId, ms: expect.any(Number) }
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

  it('is not made if it would miss the deadline', async () => {
    const { job } = await world.prepareRing()
    world.advance(29_900)
    world.sender.script.push(() => unavailable)
    expect(await world.handle(job)).toEqual(over)
    expect(await world.outcomeOf(job)).toMatchObject({ outcome: 'expired', reason: 'UNAVAILABLE' })
  })

  it('is not made if the call ended during the attempt', async () => {
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
  it('is deleted', async () => {
    const { job, device } = await world.prepareRing()
    world.sender.script.push(() => unregistered(world.now()))
    expect(await world.handle(job)).toEqual(over)
    expect(await world.devices.get(device.id)).toBeUndefined()
    expect(await world.outcomeOf(job)).toMatchObject({ outcome: 'unregistered', status: 410 })
  })

  // A late "unregistered" deleted a token that the phone had registered again since.
  it.each<[string, () => Outcome | Promise<Outcome>]>([
    ['was registered after the provider found it dead', () => unregistered(world.now() - 60_000)],
    ['was registered again during the attempt', async () => registerThen('bob', unregistered())],
    [
      'was registered again during the attempt, even if the provider’s clock is ahead',
      async () => registerThen('bob', unregistered(world.now() + 60_000)),
    ],
    ['belongs to somebody else now', async () => registerThen('carol', unregistered())],
  ])('is kept if it %s', async (_, answer) => {
    const { job, device } = await world.prepareRing()
    world.sender.script.push(answer)
    await world.handle(job)
    expect(await world.devices.get(device.id)).toBeDefined()
  })

  // F21: with a wrong key, everybody's tokens were deleted.
  it('is kept if too many are reported dead at once, and the log says so', async () => {
    const { job, device } = await world.prepareRing()
    while (world.deps.deletionGuard.mayForget());
    world.sender.script.push(() => unregistered(world.now()))
    await world.handle(job)
    expect(await world.devices.get(device.id)).toBeDefined()
    expect(world.lines.map(line => line.message)).toContainEqual(expect.stringContaining('this one is kept'))
  })

  it('is not confused with a rejected push, which deletes nothing', async () => {
    const { job, device } = await world.prepareRing()
    world.sender.script.push(() => ({ kind: 'rejected', status: 403, reason: 'SENDER_ID_MISMATCH' }))
    expect(await world.handle(job)).toEqual(over)
    expect(await world.devices.get(device.id)).toEqual(device)
    expect(await world.outcomeOf(job)).toMatchObject({ outcome: 'rejected', reason: 'SENDER_ID_MISMATCH' })
  })
})

describe('a call that ends while its push is under way', () => {
  it.each<[string, Outcome, boolean]>([
    ['it was accepted', { kind: 'accepted', status: 200 }, true],
    ['it may have been delivered', unanswered, true],
    ['it was not processed', unavailable, false],
    ['it was rejected', { kind: 'rejected', status: 400, reason: 'INVALID_ARGUMENT' }, false],
  ])('stops the phone only if the push may have reached it: %s', async (_, outcome, isStopped) => {
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
    expect(await world.stops()).toEqual(isStopped ? [stop] : [])
  })

  it.each([
    ['that its own worker did not make in time', true],
    ['whose worker died', false],
  ])('stops the phone unless the open attempt is one %s', async (_, isOwn) => {
    const { job, device } = await world.prepareRing()
    const claimedAt = world.now()
    await world.records.beginAttempt(job.ringId, job.deviceId, claimedAt)
    await end(job)
    world.advance(1_000)
    const ring = { job, device, event: ringEvent({ recipient: 'bob' }), receivedAt: claimedAt }
    await ringPhone(ring, 1, world.deps, isOwn ? { at: claimedAt } : undefined)
    expect(world.sender.sent).toEqual([])
    expect(await world.outcomeOf(job)).toMatchObject({ outcome: 'skipped' })
    expect(await world.stops()).toHaveLength(isOwn ? 0 : 1)
  })

  it.each([
    ['accepted', true],
    ['rejected', false],
  ] as const)(
    'is stopped by the next worker if the first one died after "%s"',
    async (outcome, isStopped) => {
      const { job } = await world.prepareRing()
      await world.records.recordDevice(job.ringId, job.deviceId, { outcome, attempt: 1 })
      await end(job)
      expect(await world.handle(job)).toEqual(over)
      expect(world.sender.sent).toEqual([])
      expect(await world.stops()).toHaveLength(isStopped ? 1 : 0)
    },
  )

  it('does not stop an iPhone', async ({ store }) => {
    const iphones = openPushWorld(store, apns)
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

  it('is sent, and is repeated until its deadline', async () => {
    const { stop } = await stopOf()
    world.sender.script.push(() => unavailable)
    expect(await world.handle(stop, 1)).toMatchObject({ done: false })
    expect(await world.handle(stop, 2)).toEqual(over)
    expect(world.sender.sent).toMatchObject([{ action: 'cancelled' }, { action: 'cancelled' }])
    world.advance(30_000)
    expect(await world.handle(stop, 3)).toEqual(over)
    expect(world.sender.sent).toHaveLength(2)
  })

  it('is not sent if somebody else uses the phone now', async () => {
    const { stop } = await stopOf()
    await register('carol')
    expect(await world.handle(stop, 1)).toEqual(over)
    expect(world.sender.sent).toEqual([])
  })

  it('deletes a device whose token the provider reports dead', async () => {
    const { stop, device } = await stopOf()
    world.sender.script.push(() => unregistered(world.now()))
    expect(await world.handle(stop, 1)).toEqual(over)
    expect(await world.devices.get(device.id)).toBeUndefined()
  })
})

describe('the environment that accepted a push', () => {
  it('is stored for the next ring', async () => {
    const { job, device } = await world.prepareRing()
    world.sender.script.push(() => ({ kind: 'accepted', status: 200, environment: 'sandbox' }))
    await world.handle(job)
    expect(await world.devices.get(device.id)).toEqual({
      ...device,
      environment: 'sandbox',
      provenAt: expect.any(Number),
    })
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
