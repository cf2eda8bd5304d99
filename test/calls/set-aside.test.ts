import { SET_ASIDE } from '@ringer/store'
import { describe, expect } from 'vitest'
import { createWorkerMetrics } from '../../apps/worker/src/metrics.ts'
import { deliver, ended, initiated, register } from '../webhooks.ts'
import { it, registrationKey, type World } from '../world.ts'

const good = 'a1'.repeat(32)
const madeUp = 'b2'.repeat(32)
const phone = (token: string) => ({ uid: 'bob', platform: 'ios', environment: 'production', token })

const pushesTo = ({ apns }: World, token: string) => apns.received.filter(push => push.token === token)

/** Calls Bob, and returns what happened to his phones. */
async function call({ ingress, records }: World, name: string) {
  const sessionId = `v1.eu.${name}`
  await deliver(ingress, initiated({ sessionId }))
  const devices = async () => (await records.read('default', sessionId))?.rings[0]?.devices ?? []
  await expect
    .poll(async () => (await devices()).filter(({ settledAt }) => settledAt !== undefined).length)
    .toBe(2)
  return devices()
}

async function listed({ ingress }: World) {
  const response = await fetch(`${ingress}/api/push/devices?uid=bob`, {
    headers: { authorization: `Bearer ${registrationKey}` },
  })
  return ((await response.json()) as { devices: { setAside?: { at: string; reason: string } }[] }).devices
}

it('a token that is refused five times in a row gets no further push until it is registered again', async ({
  world,
}) => {
  world.apns.devices.set(madeUp, { state: 'active', environment: 'sandbox' })
  for (const token of [good, madeUp]) await register(world.ingress, phone(token))
  const metrics = createWorkerMetrics()
  world.addWorker({ metrics })

  for (let number = 1; number <= 5; number += 1) await call(world, `call-${number}`)
  await expect.poll(async () => (await listed(world)).filter(({ setAside }) => setAside).length).toBe(1)
  expect((await listed(world)).find(({ setAside }) => setAside)?.setAside).toEqual({
    at: expect.stringMatching(/^20.*Z$/),
    reason: 'BadDeviceToken',
  })
  expect(await metrics.registry.getSingleMetricAsString('ringer_devices_set_aside_total')).toContain('} 1')

  expect((await call(world, 'call-6')).find(({ outcome }) => outcome === 'skipped')?.reason).toBe(SET_ASIDE)
  expect(pushesTo(world, madeUp)).toHaveLength(5)
  expect(pushesTo(world, good)).toHaveLength(6)

  await register(world.ingress, phone(madeUp))
  expect((await listed(world)).filter(({ setAside }) => setAside)).toEqual([])
  await call(world, 'call-7')
  expect(pushesTo(world, madeUp)).toHaveLength(6)
})

// With a wrong bundle id or environment, Apple says so of every token. Then all phones would have been silent for good.
it('no token is set aside while the provider refuses all of them', async ({ world }) => {
  for (const token of [good, madeUp]) {
    world.apns.devices.set(token, { state: 'active', environment: 'sandbox' })
    await register(world.ingress, phone(token))
  }
  world.addWorker()
  for (let number = 1; number <= 7; number += 1) await call(world, `call-${number}`)
  expect((await listed(world)).filter(({ setAside }) => setAside)).toEqual([])
  // The mistake is corrected: both phones ring at once.
  world.apns.devices.clear()
  expect((await call(world, 'call-8')).map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted'])
})

describe('a token that was registered without an environment', () => {
  const anyEnvironment = { uid: 'bob', platform: 'ios', token: madeUp }
  const unavailable = { status: 503, reason: 'ServiceUnavailable' }
  const outcome = async ({ records }: World, sessionId: string) =>
    (await records.read('default', sessionId))?.rings[0]?.devices.find(({ status }) => status !== 200)
      ?.outcome

  // Each attempt asked production again. And a phone of the sandbox was silent for good after an outage of five calls.
  it('costs one push a call while the other environment is not available, and rings as soon as it is', {
    timeout: 60_000,
  }, async ({ world }) => {
    world.apns.devices.set(madeUp, { state: 'active', environment: 'sandbox' })
    world.sandbox.devices.set(madeUp, { state: 'active', environment: 'sandbox' })
    world.sandbox.order(unavailable, { times: Number.POSITIVE_INFINITY })
    for (const body of [phone(good), anyEnvironment]) await register(world.ingress, body)
    world.addWorker()

    for (let number = 1; number <= 6; number += 1) {
      const sessionId = `v1.eu.call-${number}`
      const before = world.sandbox.received.length
      await deliver(world.ingress, initiated({ sessionId }))
      await expect
        .poll(() => world.sandbox.received.length, { timeout: 10_000 })
        .toBeGreaterThanOrEqual(before + 3)
      await deliver(world.ingress, ended('cancelled', sessionId))
      await expect.poll(() => outcome(world, sessionId)).toBe('skipped')
    }
    expect(pushesTo(world, madeUp)).toHaveLength(6)
    expect((await listed(world)).filter(({ setAside }) => setAside)).toEqual([])
    world.sandbox.clearOrders()
    await deliver(world.ingress, initiated({ sessionId: 'v1.eu.call-7' }))
    await expect.poll(() => world.sandbox.acceptedCount(madeUp), { timeout: 10_000 }).toBe(1)
  })

  it('rings as soon as the other environment answers, after one refusal from the usual one', async ({
    world,
  }) => {
    world.sandbox.devices.set(madeUp, { state: 'active', environment: 'sandbox' })
    world.apns.devices.set(madeUp, { state: 'active', environment: 'sandbox' })
    // The attempt that is refused is made from the queue, not with the claim.
    world.apns.order(unavailable)
    world.sandbox.order(unavailable, { times: 3 })
    await register(world.ingress, anyEnvironment)
    world.addWorker()
    await deliver(world.ingress, initiated())
    await expect.poll(() => world.sandbox.acceptedCount(madeUp), { timeout: 10_000 }).toBe(1)
    expect(pushesTo(world, madeUp).map(({ status }) => status)).toEqual([503, 400])
    expect(world.sandbox.received).toHaveLength(4)
    await expect
      .poll(async () => (await world.devices.list('default', 'bob'))[0])
      .toMatchObject({
        environment: 'sandbox',
      })
    expect((await world.devices.list('default', 'bob'))[0]?.refusals).toBeUndefined()
  })
})
