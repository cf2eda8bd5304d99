import { describe } from 'vitest'
import { collectLog } from '../signals/collect-log.ts'
import { deliver, ended, register } from '../webhooks.ts'
import { it as worldIt } from '../world.ts'
import { ask, askInWords, call, phones, sessionId } from './asking.ts'

const it = worldIt.extend('signals', async () => collectLog())
const patient = { timeout: 20_000 }
const limit = { timeout: 60_000 }
const always = { times: Number.POSITIVE_INFINITY }

describe.concurrent('the end of a call does not hide why a phone was not rung:', () => {
  it('its provider did not answer until the caller hung up', limit, async ({ expect, world }) => {
    world.fcm.order({ hang: true }, always)
    await register(world.ingress, phones.android)
    world.addWorker()
    await deliver(world.ingress, call())
    await world.fcm.waitFor(pushes => pushes.length > 0)
    await deliver(world.ingress, ended('cancelled', sessionId))
    await expect.poll(async () => (await ask(world)).rings[0]?.state).toBe('ended')
    const hangUp = await ask(world, 3_000)
    expect(hangUp.verdict.code).toBe('ended-provider-down')
    expect(hangUp.timeline.filter(({ what }) => /webhook.*stored/.test(what))).toHaveLength(2)
    expect(await askInWords(world, 3_000)).toContain('bob: ended, not rung\n')
  })

  it(
    'its provider refused the push for now until the caller hung up',
    limit,
    async ({ expect, world, signals }) => {
      world.fcm.order({ status: 503, reason: 'UNAVAILABLE', retryAfter: 2 }, always)
      await register(world.ingress, phones.android)
      world.addWorker(signals)
      await deliver(world.ingress, call())
      await expect.poll(async () => (await ask(world)).verdict.code).toBe('retrying')
      await deliver(world.ingress, ended('cancelled', sessionId))
      await expect.poll(async () => (await ask(world)).verdict.code).toBe('ended-provider-down')
      await expect.poll(() => signals.of('ring'), patient).toHaveLength(1)
      const { verdict, rings, timeline } = await ask(world)
      expect(verdict.code).toBe('ended-provider-down')
      expect(rings[0]?.devices[0]?.attempts).toMatchObject([
        { attempt: 1, outcome: 'retryable', status: 503 },
      ])
      expect(timeline.filter(({ what }) => what.startsWith('attempt 1 sent'))).toHaveLength(1)
    },
  )

  it(
    'Apple could not be reached, and the call ended after the deadline',
    limit,
    async ({ expect, world, signals }) => {
      world.apns.freeze({ newConnections: true })
      world.sandbox.freeze({ newConnections: true })
      const short = await world.addIngress({ tenant: { ringMs: 4_000 } })
      await register(world.ingress, phones.iphone)
      await world.addWorker(signals).connected
      const deadline = Date.now() + 4_000
      await deliver(short, call())
      await expect.poll(() => Date.now(), patient).toBeGreaterThan(deadline + 100)
      await deliver(short, ended('unanswered', sessionId))
      await expect.poll(async () => (await ask(world)).rings[0]?.state).toBe('ended')
      expect((await ask(world)).verdict.code).toBe('expired-provider-down')
      await expect.poll(() => signals.of('ring'), patient).toHaveLength(1)
      expect(signals.of('ring')).toMatchObject([{ outcome: 'expired', diagnosis: 'expired-provider-down' }])
      const numbers = (await ask(world)).rings[0]?.devices[0]?.attempts.map(({ attempt }) => attempt) ?? []
      expect(numbers).toEqual([...new Set(numbers)])
    },
  )
})

describe.concurrent('a queue that no worker serves', () => {
  it(
    'is named while the push waits and afterwards, and the ring’s end has a line',
    limit,
    async ({ expect, world, signals }) => {
      const short = await world.addIngress({ tenant: { ringMs: 3_000 } })
      await register(world.ingress, phones.android)
      const queues = ['calls', 'pushes-apns', 'pushes-webpush']
      const worker = world.addWorker({ ...signals, queues })
      await worker.connected
      const deadline = Date.now() + 3_000
      await deliver(short, call())
      const expectNamed = async () =>
        expect((await ask(world)).verdict).toMatchObject({
          code: 'no-worker-for-provider',
          queue: 'pushes-fcm',
          sentence: expect.stringContaining('pushes-fcm'),
        })
      await expect.poll(async () => (await ask(world)).rings[0]?.state, patient).toBe('ringing')
      await expectNamed()
      await expect.poll(() => Date.now(), patient).toBeGreaterThan(deadline + 100)
      await deliver(short, ended('unanswered', sessionId))
      await expect.poll(async () => (await ask(world)).rings[0]?.state).toBe('ended')
      await expectNamed()
      await expect.poll(() => signals.of('ring'), patient).toHaveLength(1)
      expect(signals.of('ring')).toMatchObject([
        { provider: 'fcm', outcome: 'expired', diagnosis: 'no-worker-for-provider', recipient: 'bob' },
      ])
      // Somebody mends it. What happened to this call stays.
      const mended = world.addWorker(signals)
      await mended.connected
      await expectNamed()
      await worker.close()
      await expectNamed()
      expect(signals.of('ring')).toHaveLength(1)
      expect(world.fcm.received.filter(({ data }) => data.callAction === 'initiated')).toEqual([])
    },
  )
})

describe.concurrent('a webhook that came late', () => {
  it('is to blame, not the workers', async ({ expect, world, signals }) => {
    await register(world.ingress, phones.android)
    const worker = world.addWorker(signals)
    await worker.connected
    await deliver(world.ingress, call({ sentAt: Date.now() - 41_000 }))
    await expect.poll(async () => (await ask(world)).verdict.code, patient).toBe('webhook-late')
    const { verdict } = await ask(world)
    expect(verdict.lateMs).toBeGreaterThanOrEqual(41_000)
    expect(verdict.sentence).toMatch(/It came 4\d s after that\.$/)
    expect(verdict.fix).not.toMatch(/start more workers/i)
    expect(signals.of('ring')).toMatchObject([
      {
        ...{ outcome: 'expired', diagnosis: 'webhook-late' },
        reason: expect.stringMatching(/^the webhook came 4\d s late$/),
      },
    ])
    await deliver(world.ingress, ended('unanswered', sessionId))
    await expect.poll(async () => (await ask(world)).rings[0]?.state, patient).toBe('ended')
    expect((await ask(world)).verdict.code).toBe('webhook-late')
  })

  it('is not to blame for a worker that was away', async ({ expect, world }) => {
    await register(world.ingress, phones.android)
    await deliver(world.ingress, call({ sentAt: Date.now() - 41_000 }))
    expect((await ask(world)).verdict.code).toBe('webhook-late')
    expect((await ask(world, 60_000)).verdict.code).toBe('no-worker')
  })
})

describe.concurrent('the line for a recipient', () => {
  it.for([
    ['rejected', { status: 403, reason: 'SENDER_ID_MISMATCH' }],
    ['dead', { status: 404, reason: 'UNREGISTERED' }],
  ] as const)(
    'says that the only phone, which is %s, was not rung',
    async ([, answer], { expect, world }) => {
      world.fcm.order(answer, always)
      await register(world.ingress, phones.android)
      world.addWorker()
      await deliver(world.ingress, call())
      await expect.poll(async () => (await ask(world)).rings[0]?.state, patient).toBe('not-rung')
      expect(await askInWords(world)).toContain('\nbob: not rung\n')
    },
  )

  it('says that the only phone, whose provider is not configured, was not rung', async ({
    expect,
    world,
  }) => {
    await register(world.ingress, phones.android)
    world.addWorker({ tenant: { senders: new Map() } })
    await deliver(world.ingress, call())
    await expect.poll(() => askInWords(world), patient).toContain('\nbob: not rung\n')
  })

  it('says ringing if one of two phones rings', async ({ expect, world }) => {
    world.fcm.order({ status: 404, reason: 'UNREGISTERED' }, always)
    await register(world.ingress, phones.android)
    await register(world.ingress, phones.iphone)
    world.addWorker()
    await deliver(world.ingress, call())
    await expect.poll(async () => (await ask(world)).verdict.code, patient).toBe('accepted')
    expect(await askInWords(world)).toContain('\nbob: ringing\n')
  })
})

describe.concurrent('a timeline', () => {
  it('has no negative times if the clocks of ingress and worker differ', async ({ expect, world }) => {
    const ahead = await world.addIngress({ clock: () => Date.now() + 400 })
    await register(world.ingress, phones.android)
    world.addWorker()
    await deliver(ahead, call())
    await expect.poll(async () => (await ask(world)).verdict.code, patient).toBe('accepted')
    const { timeline, rings } = await ask(world)
    expect(timeline.map(({ what }) => what)).toEqual([
      'webhook stored',
      'taken by a worker',
      'attempt 1 sent',
      'attempt 1: accepted 200',
    ])
    expect(timeline.map(({ ms }) => ms).toSorted((one, other) => one - other)).toEqual(
      timeline.map(({ ms }) => ms),
    )
    expect(rings[0]?.devices[0]?.attempts[0]?.ms).toBeGreaterThanOrEqual(0)
    expect(await askInWords(world)).not.toMatch(/-\d+ ms/)
  })

  it('has each webhook once while no worker takes it', async ({ expect, world }) => {
    await deliver(world.ingress, call())
    await deliver(world.ingress, ended('cancelled', sessionId))
    const steps = async () => (await ask(world)).timeline.map(({ what }) => what)
    await expect
      .poll(async () => (await world.records.read('default', sessionId))?.webhooks, patient)
      .toHaveLength(1)
    expect((await steps()).toSorted()).toEqual([
      'webhook (end) stored, waits for a worker',
      'webhook (ring) stored, waits for a worker',
    ])
  })

  it(
    'has the failed attempt once if the call was answered before the next one',
    limit,
    async ({ expect, world }) => {
      world.fcm.order({ status: 503, reason: 'UNAVAILABLE', retryAfter: 2 }, always)
      await register(world.ingress, phones.android)
      world.addWorker()
      await deliver(world.ingress, call())
      await expect.poll(async () => (await ask(world)).verdict.code).toBe('retrying')
      await world.records.answer('a', 'default', { kind: 'answer', sessionId, uid: 'bob' }, Date.now())
      const outcome = async () =>
        (await world.records.read('default', sessionId))?.rings[0]?.devices[0]?.outcome
      await expect.poll(outcome, patient).toBe('skipped')
      const { verdict, rings, timeline } = await ask(world)
      expect(verdict.code).toBe('answered-first')
      expect(rings[0]?.devices[0]?.attempts).toMatchObject([
        { attempt: 1, outcome: 'retryable', status: 503 },
      ])
      expect(timeline.filter(({ what }) => what.includes('sent'))).toHaveLength(1)
      expect(world.fcm.received).toHaveLength(1)
    },
  )
})
