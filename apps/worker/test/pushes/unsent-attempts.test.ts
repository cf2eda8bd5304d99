import type { Outcome } from '@ringer/providers/senders'
import { createKeys } from '@ringer/store'
import { describe, expect } from 'vitest'
import { ringEvent } from '../../../../packages/payloads/test/ring-events.ts'
import { fcm } from '../../../../packages/providers/src/fcm/fcm.ts'
import { it } from '../../../../test/fixtures/store.ts'
import { ringPhone } from '../../src/rings/ring-phone.ts'
import { openPushWorld, type PushWorld } from './push-world.ts'

let world: PushWorld
it.beforeEach(({ store }) => {
  world = openPushWorld(store, fcm)
  return () => world.close()
})

const noConnection: Outcome = {
  ...{ kind: 'retryable', reason: 'no connection (ECONNREFUSED)', delivered: 'no', isUnsent: true },
}
const refusedAccount: Outcome = {
  ...{ kind: 'rejected', reason: 'Google refuses the service account', why: 'provider-credentials' },
  isUnsent: true,
}
const over = { done: true }

/** Claims a ring so that its first attempt is open, and makes that attempt: nothing leaves, for this reason. */
async function ringWithoutLeaving(outcome: Outcome) {
  const { job, device } = await world.prepareRing()
  const at = world.now()
  await world.records.beginAttempt(job.ringId, job.deviceId, at)
  world.sender.send = async () => outcome
  const ring = { job, device, event: ringEvent({ recipient: 'bob' }), receivedAt: at }
  return { job, next: await ringPhone(ring, 1, world.deps, { at }) }
}

const counted = async (metric: 'attempts' | 'notSent') =>
  (await world.deps.metrics[metric].get()).values.filter(({ value }) => value > 0).map(({ labels }) => labels)

describe('an attempt that the claim opened and that never left', () => {
  it('is recorded, logged and counted as not sent', async () => {
    const { job, next } = await ringWithoutLeaving(noConnection)
    expect(next).toMatchObject({ done: false })
    const reason = 'not sent: no connection (ECONNREFUSED)'
    const recorded = await world.outcomeOf(job)
    expect(recorded).toMatchObject({ outcome: 'retryable', attempt: 0, failed: [{ attempt: 0, reason }] })
    expect(recorded).not.toHaveProperty('sentAt')
    expect(recorded?.failed).toEqual([expect.not.objectContaining({ sentAt: expect.anything() })])
    expect(world.lines).toMatchObject([{ message: 'not sent', reason, outcome: 'retryable' }])
    expect(await counted('attempts')).toEqual([])
    expect(await counted('notSent')).toMatchObject([{ provider: 'fcm', kind: 'ring', outcome: 'retryable' }])
  })

  it('is recorded, logged and counted as not sent also if it is the last one', async () => {
    const { job, next } = await ringWithoutLeaving(refusedAccount)
    expect(next).toEqual(over)
    const reason = 'not sent: Google refuses the service account'
    const recorded = await world.outcomeOf(job)
    expect(recorded).toMatchObject({ outcome: 'rejected', attempt: 0, reason, failed: [{ reason }] })
    expect(recorded).not.toHaveProperty('sentAt')
    expect(world.lines).toMatchObject([{ message: 'not sent', reason, outcome: 'rejected' }])
    expect(await counted('attempts')).toEqual([])
    expect(await counted('notSent')).toMatchObject([{ outcome: 'rejected' }])
  })

  it('gives its number to the next one', async () => {
    const { job } = await ringWithoutLeaving(noConnection)
    world.sender.send = async (_push, commit) => {
      await commit()
      return { kind: 'accepted', status: 200 }
    }
    expect(await world.handle(job)).toEqual(over)
    expect(await world.outcomeOf(job)).toMatchObject({ outcome: 'accepted', attempt: 1 })
  })

  it('gives its number to the one that leaves when the connection is open', async () => {
    const { job, device } = await world.prepareRing()
    const at = world.now()
    await world.records.beginAttempt(job.ringId, job.deviceId, at)
    // The connection took longer than an attempt of a claim may wait without a further question.
    world.advance(500)
    await ringPhone({ job, device, event: ringEvent({ recipient: 'bob' }), receivedAt: at }, 1, world.deps, {
      at,
    })
    const recorded = await world.outcomeOf(job)
    expect(recorded).toMatchObject({ outcome: 'accepted', attempt: 1, sentAt: expect.any(Number) })
    expect(recorded).not.toHaveProperty('failed')
  })

  it('is no reason to stop the phone: a call that ended before the push left', async () => {
    const { job, device } = await world.prepareRing()
    const at = world.now()
    await world.records.beginAttempt(job.ringId, job.deviceId, at)
    await end(job)
    world.advance(500)
    await ringPhone({ job, device, event: ringEvent({ recipient: 'bob' }), receivedAt: at }, 1, world.deps, {
      at,
    })
    expect(await world.outcomeOf(job)).toMatchObject({ outcome: 'skipped', attempt: 0 })
  })
})

it('a phone whose record cannot be read has no attempt', async ({ store }) => {
  const { job } = await world.prepareRing()
  await store.redis.hset(createKeys(store.prefix).device(job.deviceId), 'registeredAt', 'yesterday')
  expect(await world.handle(job)).toEqual(over)
  const recorded = await world.outcomeOf(job)
  expect(recorded).toMatchObject({ outcome: 'skipped', why: 'device-unreadable', attempt: 0 })
  expect(recorded).not.toHaveProperty('sentAt')
})

const end = (job: { sessionId: string }) =>
  world.records.end(
    'end-1',
    'app-1',
    { kind: 'end', action: 'cancelled', sessionId: job.sessionId },
    world.now(),
  )

describe('a ring that is taken after the deadline of a call that ended', () => {
  const late: Outcome = {
    kind: 'retryable',
    reason: 'the deadline had passed',
    delivered: 'no',
    isUnsent: true,
  }

  it('sends no stop to a phone that never rang', async () => {
    const { job } = await world.prepareRing()
    await end(job)
    world.advance(30_000)
    world.sender.send = async () => late
    expect(await world.handle(job)).toEqual(over)
    expect(await world.outcomeOf(job)).toMatchObject({ outcome: 'expired' })
    expect(await world.stops()).toEqual([])
  })

  it('stops a phone that may have rung, because the worker of its attempt died', async () => {
    const { job } = await world.prepareRing()
    await world.records.beginAttempt(job.ringId, job.deviceId, world.now())
    await end(job)
    world.advance(30_000)
    world.sender.send = async () => late
    expect(await world.handle(job)).toEqual(over)
    expect(await world.outcomeOf(job)).toMatchObject({
      outcome: 'expired',
      failed: [{ attempt: 1, sentAt: expect.any(Number) }, { reason: 'not sent: the deadline had passed' }],
    })
    expect(await world.stops()).toMatchObject([{ kind: 'stop', deviceId: job.deviceId }])
  })
})
