import { describe, expect } from 'vitest'
import {
  initiatorRing,
  providerCall,
  receivedRing,
  signalledRing,
} from '../../packages/payloads/test/webhooks.ts'
import { basic, deliver, register, tokens } from '../webhooks.ts'
import { it, login, type World } from '../world.ts'

// Whoever captures a webhook, with its credentials, can send it again later. CometChat's documented dialect contains the time of
// the call, so a late copy comes after the deadline. Other dialects contain none.

const MINUTE_MS = 60_000
const SESSION = { sessionId: 'v1.eu.captured' }
const captured = { ...SESSION, callee: { uid: 'bob', name: 'Bob' } }

it.beforeEach(async ({ world }) => {
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
})

/** The ingress and the worker are that much later afterwards, and what Redis keeps is that much older. */
async function letTimePass(world: World, ms: number) {
  for (const key of await world.reader.keys(`${world.prefix}*`)) {
    const left = await world.reader.pttl(key)
    if (left > 0) await world.reader.pexpire(key, left - ms)
  }
  const clock = () => Date.now() + ms
  world.addWorker({ clock })
  return { ingress: await world.addIngress({ clock }), clock }
}

/** Waits for the push of a later call, before which any other would arrive. Returns the number of pushes of the captured call. */
async function countRings(world: World, { ingress, clock }: Awaited<ReturnType<typeof letTimePass>>) {
  const later = { sessionId: 'v1.eu.later', sentAt: clock() }
  await deliver(ingress, signalledRing(later))
  const sessions = () => world.apns.received.map(({ data }) => (data as typeof SESSION).sessionId)
  await world.apns.waitFor(() => sessions().includes(later.sessionId))
  return sessions().filter(sessionId => sessionId === SESSION.sessionId).length
}

async function ringOnce(world: World, webhook: unknown, sending?: Parameters<typeof deliver>[2]) {
  const worker = world.addWorker()
  expect((await deliver(world.ingress, webhook, sending)).body.status).toBe('queued')
  await world.apns.waitFor(received => received.length === 1)
  await worker.close()
}

const provider = { path: '/providers/cometchat', headers: { authorization: basic(login) } }
const timeless = [
  ['recipes, with initiator', initiatorRing(captured), undefined],
  ['call.received', receivedRing(captured), undefined],
  ['custom provider, without sentAt', withoutTime(providerCall('initiated', captured)), provider],
] as const

function withoutTime(webhook: ReturnType<typeof providerCall>) {
  const text = JSON.stringify(webhook).replace(/"sentAt":[^,}]*,?/g, '')
  return JSON.parse(text) as unknown
}

describe.for([11 * MINUTE_MS, 23 * 60 * MINUTE_MS])('a captured webhook, %i ms later', ms => {
  it.for(timeless)('does not ring again: %s', async ([_, webhook, sending], { world }) => {
    await ringOnce(world, webhook, sending)
    const later = await letTimePass(world, ms)
    expect((await deliver(later.ingress, webhook, sending)).body.status).toBe('duplicate')
    expect(await countRings(world, later)).toBe(1)
  })

  it('does not ring again: documented, with the time of the call', async ({ world }) => {
    const webhook = signalledRing({ ...SESSION, sentAt: Date.now() })
    await ringOnce(world, webhook)
    const later = await letTimePass(world, ms)
    expect((await deliver(later.ingress, webhook)).status).toBe(200)
    expect(await countRings(world, later)).toBe(1)
  })

  it('does not ring again although another feed had brought the call with its time first', async ({
    world,
  }) => {
    await ringOnce(world, signalledRing({ ...captured, sentAt: Date.now() }))
    const later = await letTimePass(world, ms)
    expect((await deliver(later.ingress, receivedRing(captured))).body.status).toBe('queued')
    expect(await countRings(world, later)).toBe(1)
  })
})

it('a call without a time is remembered for a day, in less than 256 bytes', async ({ world }) => {
  await deliver(world.ingress, receivedRing(captured))
  const [marker = '', ...others] = await world.reader.keys(`${world.prefix}:calls:de:*`)
  expect(others).toEqual([])
  const left = await world.reader.pttl(marker)
  expect(left).toBeGreaterThan(24 * 60 * MINUTE_MS - 20_000)
  expect(left).toBeLessThanOrEqual(24 * 60 * MINUTE_MS)
  const bytes = Number(await world.reader.call('MEMORY', 'USAGE', marker))
  expect(bytes).toBeLessThan(256)
})
