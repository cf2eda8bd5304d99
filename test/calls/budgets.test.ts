import { createLogger } from '@ringer/service'
import { expect } from 'vitest'
import { createWorkerMetrics } from '../../apps/worker/src/metrics.ts'
import { signalledEnd, signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { deliver, register, tokens } from '../webhooks.ts'
import { it } from '../world.ts'

const budgets = { pair: 3, caller: 1_000, recipient: 1_000, group: 1_000 }
const callTo = (uid: string, number: number) => ({
  sessionId: `v1.eu.${uid}-${number}`,
  callee: { uid, name: uid },
  sentAt: Date.now(),
})

it('calls over a budget are answered with 200, recorded, counted, and logged once without naming anybody', async ({
  world,
}) => {
  const lines: Record<string, unknown>[] = []
  const metrics = createWorkerMetrics()
  const log = createLogger('test', 'info', { write: line => void lines.push(JSON.parse(line)) })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
  world.addWorker({ log, metrics, tenant: { budgets, missedCall: {} } })

  // As many as six calls more than the budget, even if a minute begins in between.
  const calls = Array.from({ length: 12 }, (_, index) => callTo('bob', index + 1))
  for (const call of calls)
    expect(await deliver(world.ingress, signalledRing(call))).toMatchObject({ status: 200 })
  const rings = async () =>
    (await Promise.all(calls.map(({ sessionId }) => world.records.read('default', sessionId)))).flatMap(
      call => call?.rings ?? [],
    )
  await expect.poll(async () => (await rings()).length).toBe(12)
  const refused = (await rings()).filter(({ state }) => state === 'refused')
  expect(refused.length).toBeGreaterThanOrEqual(6)
  expect(refused[0]?.note).toMatch(/^refused: more than 3 calls a minute from this caller to this recipient/)

  const counted = await metrics.registry.getSingleMetricAsString('ringer_calls_refused_total')
  expect(counted).toContain(`ringer_calls_refused_total{budget="pair"} ${refused.length}`)
  const logged = lines.filter(({ msg }) => msg === 'calls of one caller are refused')
  expect(logged).toHaveLength(1)
  expect(logged[0]).toMatchObject({ level: 'warn', budget: 'pair', sessionId: expect.any(String) })
  expect(JSON.stringify({ ...logged[0], sessionId: '' })).not.toMatch(/alice|"bob/)

  // Their ends are taken, and tell nobody anything.
  for (const call of calls)
    await deliver(world.ingress, signalledEnd('cancelled', { ...call, sentAt: Date.now() }))
  const rung = 12 - refused.length
  const stops = () => world.fcm.accepted(tokens.android).filter(({ data }) => data.callAction === 'cancelled')
  const missed = () => world.fcm.accepted(tokens.android).filter(({ data }) => data.type === 'missed_call')
  await expect.poll(() => missed().length).toBe(rung)
  await expect.poll(() => stops().length).toBe(rung)
  expect(new Set((await rings()).map(({ state }) => state))).toEqual(new Set(['ended', 'refused']))
})
