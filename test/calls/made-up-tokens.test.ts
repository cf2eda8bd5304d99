import { expect } from 'vitest'
import { signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { deliver, eachOf, register } from '../webhooks.ts'
import { it } from '../world.ts'

const ACCOMPLICES = 10
const TOKENS = 20
/** How long Apple takes to refuse a token: all of them take 20 s, because it allows a new session one push at a time. */
const REFUSAL_MS = 200

const phone = (uid: string, token: string) => ({ uid, platform: 'ios', environment: 'production', token })
const madeUp = (index: number) => `b${index.toString(16).padStart(63, '0')}`
const works = 'a1'.repeat(32)

const callTo = (uid: string, caller: string) =>
  signalledRing({
    ...{ caller: { uid: caller, name: caller }, callee: { uid, name: uid } },
    ...{ sessionId: `v1.eu.${caller}-${uid}`, sentAt: Date.now() },
  })

// Callers who each stay within their budgets and shares delayed everybody: all pushes waited in one line.
it('a phone that has rung before rings before the made-up tokens of all others', async ({ world }) => {
  await register(world.ingress, phone('bob', works))
  const first = world.addWorker()
  await deliver(world.ingress, callTo('bob', 'before'))
  await expect.poll(async () => (await world.devices.list('default', 'bob'))[0]?.provenAt).toBeGreaterThan(0)
  // A new worker, whose sessions Apple does not know yet.
  await first.close()
  await eachOf(Array.from({ length: ACCOMPLICES * TOKENS }).keys(), 20, index =>
    register(world.ingress, phone(`accomplice-${index % ACCOMPLICES}`, madeUp(index))),
  )
  world.apns.setRule(({ token }) =>
    token === works ? null : { status: 400, reason: 'BadDeviceToken', delayMs: REFUSAL_MS },
  )
  world.addWorker()

  const seen = world.apns.received.length
  for (let index = 0; index < ACCOMPLICES; index += 1)
    await deliver(world.ingress, callTo(`accomplice-${index}`, `caller-${index}`))
  await world.apns.waitFor(received => received.length > seen + 2, { timeoutMs: 20_000 })
  await deliver(world.ingress, callTo('bob', 'alice'))
  const isBobs = ({ data }: { data: Record<string, unknown> }) => data.sessionId === 'v1.eu.alice-bob'
  await world.apns.waitFor(received => received.some(isBobs), { timeoutMs: 30_000 })
  // Without a difference it was the last one.
  const before = world.apns.received.findIndex(isBobs) - seen
  expect(before).toBeLessThan((ACCOMPLICES * TOKENS) / 2)
}, 60_000)
