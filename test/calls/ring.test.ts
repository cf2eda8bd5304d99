import { describe, expect } from 'vitest'
import { signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { DEFAULT_SESSION_ID, deliver, ended, initiated, register, tokens } from '../webhooks.ts'
import { it } from '../world.ts'

it.beforeEach(async ({ world }) => {
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
})

describe('a call', () => {
  it('rings Bob’s iPhone and his Android phone, once each', async ({ world }) => {
    world.addWorker()
    const answer = await deliver(world.ingress, initiated())
    expect(answer).toMatchObject({ status: 200, body: { status: 'queued' } })
    await world.apns.waitFor(received => received.length === 1)
    await world.fcm.waitFor(received => received.length === 1)
    expect(world.apns.accepted(tokens.iphone)).toHaveLength(1)
    expect(world.fcm.accepted(tokens.android)).toHaveLength(1)
    await expect
      .poll(async () =>
        (await world.records.read('default', DEFAULT_SESSION_ID))?.rings[0]?.devices.map(d => d.outcome),
      )
      .toEqual(['accepted', 'accepted'])
  })

  it('rings once when the webhook arrives ten times at once, through two ingresses to three workers', async ({
    world,
  }) => {
    const second = await world.addIngress()
    world.addWorker()
    world.addWorker()
    world.addWorker()
    const webhook = initiated()
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => deliver(index % 2 ? second : world.ingress, webhook)),
    )
    expect(answers.map(answer => answer.body.status).sort()).toEqual([
      ...Array(9).fill('duplicate'),
      'queued',
    ])
    await Promise.all([
      world.apns.waitFor(received => received.length > 0),
      world.fcm.waitFor(received => received.length > 0),
    ])
    // A second push of this call would arrive before the push of a later call.
    await deliver(world.ingress, initiated({ sessionId: 'v1.eu.later' }))
    await Promise.all([
      world.apns.waitFor(received => received.length > 1),
      world.fcm.waitFor(received => received.length > 1),
    ])
    expect(world.apns.acceptedCount(tokens.iphone)).toBe(2)
    expect(world.fcm.acceptedCount(tokens.android)).toBe(2)
  })

  it('stops the Android phone when Alice hangs up, and sends the iPhone nothing more', async ({ world }) => {
    world.addWorker()
    await deliver(world.ingress, initiated())
    await Promise.all([
      world.apns.waitFor(received => received.length === 1),
      world.fcm.waitFor(received => received.length === 1),
    ])
    expect((await deliver(world.ingress, ended('cancelled'))).body.status).toBe('queued')
    await world.fcm.waitFor(received => received.length === 2)
    expect(world.apns.received).toHaveLength(1)
  })

  it('does not ring when Alice hung up before a worker took it', async ({ world }) => {
    await deliver(world.ingress, initiated())
    await deliver(world.ingress, ended('cancelled'))
    world.addWorker()
    await expect
      .poll(async () => (await world.records.read('default', DEFAULT_SESSION_ID))?.rings[0]?.state)
      .toBe('ended')
    expect(world.apns.received).toHaveLength(0)
    expect(world.fcm.received).toHaveLength(0)
  })

  it('records that the recipient has no phone to ring', async ({ world }) => {
    world.addWorker()
    await deliver(
      world.ingress,
      signalledRing({ callee: { uid: 'carol' }, sessionId: DEFAULT_SESSION_ID, sentAt: Date.now() }),
    )
    const rings = async () => (await world.records.read('default', DEFAULT_SESSION_ID))?.rings
    await expect
      .poll(rings)
      .toMatchObject([{ devices: [], note: expect.stringContaining('no phone of carol') }])
  })
})
