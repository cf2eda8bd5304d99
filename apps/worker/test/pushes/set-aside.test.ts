import type { Outcome } from '@ringer/providers/senders'
import { SET_ASIDE } from '@ringer/store'
import { describe, expect } from 'vitest'
import { fcm } from '../../../../packages/providers/src/fcm/fcm.ts'
import { it } from '../../../../test/fixtures/store.ts'
import { updateDevice } from '../../src/attempts/update-device.ts'
import { openPushWorld, type PushWorld } from './push-world.ts'

let world: PushWorld
it.beforeEach(({ store }) => {
  world = openPushWorld(store, fcm)
  return () => world.close()
})

describe('a token to which its provider cannot deliver', () => {
  const refused: Outcome = { kind: 'rejected', status: 403, reason: 'SENDER_ID_MISMATCH', aboutToken: true }
  const accepted: Outcome = { kind: 'accepted', status: 200 }
  const unavailable: Outcome = { kind: 'retryable', status: 503, reason: 'UNAVAILABLE', delivered: 'no' }
  const wrongTopic: Outcome = { kind: 'rejected', status: 400, reason: 'TopicDisallowed' }

  /** What happens after pushes with these outcomes, to a phone whose token is for everything. */
  async function push(...outcomes: Outcome[]) {
    const { job, device } = await world.prepareRing({ kind: 'both' })
    for (const outcome of outcomes) {
      await updateDevice((await world.devices.get(device.id)) ?? device, outcome, world.deps)
    }
    return { job, device }
  }

  it.each<[string, Outcome[], boolean]>([
    ['five refusals in a row', [refused, refused, refused, refused, refused], true],
    ['an acceptance in between', [refused, refused, refused, refused, accepted, refused], false],
    ['refusals that are not about the token', Array<Outcome>(6).fill(wrongTopic), false],
    ['failures for now', Array<Outcome>(6).fill(unavailable), false],
  ])('is set aside only after five refusals in a row: %s', async (_, outcomes, isSetAside) => {
    for (let push = 0; push < 3; push += 1) world.deps.setAsideGuard.accepted()
    const { device } = await push(...outcomes)
    expect((await world.devices.get(device.id))?.setAsideAt !== undefined).toBe(isSetAside)
  })

  // A phone of the sandbox was set aside, because the sandbox was frozen during five calls.
  it('is not set aside while its last environment could not be asked, and counts one refusal a push', async () => {
    for (let push = 0; push < 3; push += 1) world.deps.setAsideGuard.accepted()
    const refusal = { environment: 'production' as const, status: 400, reason: 'BadDeviceToken' }
    const inOneEnvironment: Outcome = {
      ...{ kind: 'retryable', reason: 'not sent: no room', delivered: 'no' },
      refused: refusal,
    }
    const { device, job } = await world.prepareRing()
    world.sender.script.push(
      () => inOneEnvironment,
      () => inOneEnvironment,
      () => refused,
    )
    const next = await world.handle(job)
    expect(next).toMatchObject({ done: false, refused: refusal })
    for (const attempt of [2, 3]) await world.handle({ ...job, refused: refusal }, attempt)
    expect(world.sender.sent.map(push => push.refused)).toEqual([undefined, refusal, refusal])
    expect((await world.devices.get(device.id))?.refusals).toBe(1)

    for (let push = 2; push <= 6; push += 1) await updateDevice(device, inOneEnvironment, world.deps)
    expect(await world.devices.get(device.id)).toMatchObject({ refusals: 1 })
    expect((await world.devices.get(device.id))?.setAsideAt).toBeUndefined()
  })

  it('is remembered by an alert as well', async () => {
    const refusal = { environment: 'production' as const, status: 400, reason: 'BadDeviceToken' }
    world.sender.script.push(() => ({ ...unavailable, refused: refusal }))
    const { job, device } = await world.prepareRing({ kind: 'both' })
    const alert = {
      ...{ kind: 'alert' as const, alertId: 'alert-1', recipient: 'bob' },
      ...{ appId: job.appId, deviceId: job.deviceId, deadline: job.deadline },
      alert: { title: 'Alice', body: 'Hello', data: {} },
    }
    expect(await world.handle(alert)).toMatchObject({ done: false, refused: refusal })
    await world.handle({ ...alert, refused: refusal }, 2)
    expect(world.sender.sent.map(push => push.refused)).toEqual([undefined, refusal])
    expect((await world.devices.get(device.id))?.refusals).toBeUndefined()
  })

  it('is kept while the provider accepts nothing at all', async () => {
    const { device } = await push(...Array<Outcome>(9).fill(refused))
    expect((await world.devices.get(device.id))?.setAsideAt).toBeUndefined()
  })

  it('gets no ring, no stop and no alert once it is set aside', async () => {
    world.deps.setAsideGuard.accepted()
    const { job } = await push(...Array<Outcome>(5).fill(refused))
    await world.handle(job)
    expect(await world.outcomeOf(job)).toMatchObject({ outcome: 'skipped', reason: SET_ASIDE })
    await world.handle({ ...job, kind: 'stop', action: 'cancelled' })
    const alert = { title: 'Alice', body: 'Hello', data: {} }
    await world.handle({ ...job, kind: 'alert', alertId: 'alert-1', recipient: 'bob', alert })
    expect(world.sender.sent).toEqual([])
  })
})
