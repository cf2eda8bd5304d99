import { describe, expect } from 'vitest'
import { createWorkerMetrics } from '../../apps/worker/src/metrics.ts'
import { collectLog } from '../signals/collect-log.ts'
import { deliver, register } from '../webhooks.ts'
import { it } from '../world.ts'
import { ask, askInWords, call, phones } from './asking.ts'

const WORDS = /^not sent: no connection \(E[A-Z]+\)$/

describe('a push that could not leave, because the provider refuses connections', () => {
  it('is not called sent: not in the timeline, the record, the log, or the metrics', async ({ world }) => {
    const signals = { metrics: createWorkerMetrics(), ...collectLog('debug') }
    await register(world.ingress, phones.android)
    world.addWorker(signals)
    // The worker has its access token when an earlier call has rung, and thinks that there is room.
    await deliver(world.ingress, call({ sessionId: 'v1.eu.earlier' }))
    await expect.poll(() => signals.of('attempt')).toHaveLength(1)
    world.fcm.refuseConnections()
    world.fcm.dropConnections()
    await deliver(world.ingress, call())
    const attempts = async () => (await ask(world)).rings[0]?.devices[0]?.attempts ?? []
    await expect.poll(async () => (await attempts()).length).toBeGreaterThan(0)
    expect((await attempts())[0]).toMatchObject({
      ...{ attempt: 1, outcome: 'not sent', reason: expect.stringMatching(WORDS), at: expect.any(String) },
    })
    expect((await attempts()).filter(({ sentAt }) => sentAt !== undefined)).toEqual([])
    const { timeline, verdict } = await ask(world)
    expect(verdict.code).toBe('retrying')
    const steps = timeline.map(({ what }) => what)
    expect(steps).toContainEqual(expect.stringMatching(/^attempt 1: not sent: no connection \(E[A-Z]+\)/))
    expect(await askInWords(world)).toMatch(/\n {4}attempt 1: not sent: no connection \(E[A-Z]+\)/)
    expect(await askInWords(world)).not.toMatch(/attempt \d+:? sent/)
    const lines = signals.of('not sent')
    expect(lines[0]).toMatchObject({ level: 'debug', reason: expect.stringMatching(WORDS) })
    expect(signals.of('attempt')).toHaveLength(1)
    const sum = async (metric: 'attempts' | 'notSent') =>
      (await signals.metrics[metric].get()).values.reduce((all, { value }) => all + value, 0)
    expect(await sum('attempts')).toBe(1)
    expect(await sum('notSent')).toBeGreaterThan(0)
  })
})
