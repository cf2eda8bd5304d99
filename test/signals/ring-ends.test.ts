import { describe } from 'vitest'
import { createWorkerMetrics, type WorkerMetrics } from '../../apps/worker/src/metrics.ts'
import { signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { deliver, ended, initiated, register, tokens } from '../webhooks.ts'
import { type World, it as worldIt } from '../world.ts'
import { collectLog } from './collect-log.ts'

const patient = { timeout: 10_000 }
const limit = { timeout: 60_000 }

/** The ends that were counted, as `provider outcome diagnosis: count`. */
async function endsIn(metrics: WorkerMetrics): Promise<string[]> {
  const { values } = await metrics.ringEnds.get()
  return values
    .filter(({ value }) => value > 0)
    .map(
      ({ labels: { app, provider, outcome, diagnosis }, value }) =>
        `${app} ${provider} ${outcome} ${diagnosis}: ${value}`,
    )
    .sort()
}

const it = worldIt.extend('signals', async () => ({ metrics: createWorkerMetrics(), ...collectLog() }))

const registerBoth = async (world: World) => {
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
}

describe.concurrent('the end of a ring', () => {
  it('is counted and logged once for each phone', async ({ expect, world, signals }) => {
    await registerBoth(world)
    world.addWorker(signals)
    await deliver(world.ingress, initiated())
    await deliver(world.ingress, initiated())
    await expect
      .poll(() => endsIn(signals.metrics), patient)
      .toEqual(['default apns accepted accepted: 1', 'default fcm accepted accepted: 1'])
    expect(signals.of('ring')).toHaveLength(2)
    expect(signals.of('ring')).toContainEqual(
      expect.objectContaining({
        ...{ level: 'info', app: 'default', recipient: 'bob', provider: 'fcm', outcome: 'accepted' },
        ...{ diagnosis: 'accepted', status: 200, ms: expect.any(Number), sessionId: expect.any(String) },
      }),
    )
    expect(JSON.stringify(signals.lines)).not.toContain(tokens.iphone)
  })

  it('is logged without the recipient if LOG_UIDS is false', async ({ expect, world, signals }) => {
    await registerBoth(world)
    world.addWorker({ ...signals, logUids: false })
    await deliver(world.ingress, initiated())
    await expect.poll(() => signals.of('ring'), patient).toHaveLength(2)
    expect(JSON.stringify(signals.lines)).not.toContain('bob')
  })

  it('is counted once for a ring that reaches no phone', async ({ expect, world, signals }) => {
    world.addWorker(signals)
    await deliver(world.ingress, initiated())
    await expect.poll(() => endsIn(signals.metrics), patient).toEqual(['default none skipped no-device: 1'])
    expect(signals.of('ring')).toMatchObject([{ recipient: 'bob', diagnosis: 'no-device' }])
  })

  it('is counted once for a phone whose provider is not configured', async ({ expect, world, signals }) => {
    await registerBoth(world)
    const tenant = world.workerTenant()
    const [apns] = tenant.senders
    if (!apns) throw new Error('the tenant has no sender')
    world.addWorker({ ...signals, tenant: { senders: new Map([apns]) } })
    await deliver(world.ingress, initiated())
    await expect
      .poll(() => endsIn(signals.metrics), patient)
      .toEqual(['default apns accepted accepted: 1', 'default fcm skipped provider-not-configured: 1'])
  })

  // Such rings moved no metric and left no line.
  it(
    'is counted once by whoever takes the job, if the deadline passed while the push waited for a worker',
    limit,
    async ({ expect, world, signals }) => {
      await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
      const rings = 5
      // Nobody consumes FCM's queue, so the pushes wait there.
      const calls = world.addWorker({ queues: ['calls'] })
      const ringing = Array.from({ length: rings }, (_, index) => `v1.eu.late-${index}`)
      for (const sessionId of ringing) {
        await deliver(world.ingress, signalledRing({ sessionId, sentAt: Date.now() - 15_000 }))
      }
      const outcomes = async () =>
        Promise.all(
          ringing.map(async id => (await world.records.read('default', id))?.rings[0]?.devices[0]?.outcome),
        )
      await expect.poll(outcomes, patient).toEqual(Array(rings).fill('queued'))
      await calls.close()
      const deadline = (await world.records.read('default', 'v1.eu.late-4'))?.rings[0]?.deadline ?? 0
      await expect.poll(() => Date.now(), { timeout: 20_000 }).toBeGreaterThan(deadline)
      world.addWorker(signals)
      await expect.poll(outcomes, patient).toEqual(Array(rings).fill('expired'))
      await expect
        .poll(() => endsIn(signals.metrics), patient)
        .toEqual([`default fcm expired expired-provider-down: ${rings}`])
      expect(signals.of('ring')).toHaveLength(rings)
      expect(world.fcm.received).toHaveLength(0)
    },
  )

  it('is counted once for a call that waited too long for a worker', async ({ expect, world, signals }) => {
    const short = await world.addIngress({ tenant: { ringMs: 1_000 } })
    await registerBoth(world)
    await deliver(short, signalledRing({ sessionId: 'v1.eu.late', sentAt: Date.now() }))
    const deadline = Date.now() + 1_000
    await expect.poll(() => Date.now(), patient).toBeGreaterThan(deadline)
    world.addWorker(signals)
    await expect
      .poll(() => endsIn(signals.metrics), patient)
      .toEqual(['default none expired expired-before-worker: 1'])
  })

  it('is counted once for a call that ended before a worker took it', async ({ expect, world, signals }) => {
    await registerBoth(world)
    world.addWorker(signals)
    await deliver(world.ingress, ended('cancelled'))
    await expect.poll(() => signals.of('call'), patient).toHaveLength(1)
    await deliver(world.ingress, initiated())
    await expect.poll(() => endsIn(signals.metrics), patient).toEqual(['default none skipped ended-first: 1'])
  })

  it('has the provider’s reason for a dead token', async ({ expect, world, signals }) => {
    await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
    world.fcm.order({ status: 404, reason: 'UNREGISTERED' })
    world.addWorker(signals)
    await deliver(world.ingress, initiated())
    await expect
      .poll(() => endsIn(signals.metrics), patient)
      .toEqual(['default fcm unregistered token-dead: 1'])
    expect(signals.of('ring')).toMatchObject([{ status: 404, reason: 'UNREGISTERED' }])
  })
})
