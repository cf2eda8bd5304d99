import { inspect } from 'node:util'
import { providers } from '@ringer/providers'
import { sendingProviders } from '@ringer/providers/senders'
import { ConfigError, loadConfig } from '@ringer/service'
import { describe, expect, it, type TestContext } from 'vitest'
import { attempt } from './deliver.ts'
import { type ProviderStage, stages } from './provider-stages.ts'
import { commit, context, ringOf, upTo } from './pushes/outgoing-push.ts'

const INFINITE = { times: Number.POSITIVE_INFINITY }

it('every provider has a stage here, and the same name in both halves', () => {
  const names = providers.map(({ name }) => name)
  expect(Object.keys(stages)).toEqual(names)
  expect(sendingProviders.map(({ name }) => name)).toEqual(names)
})

it('every platform belongs to exactly one provider', () => {
  for (const platform of providers.flatMap(({ platforms }) => platforms)) {
    expect(providers.filter(provider => provider.reaches({ platform }))).toHaveLength(1)
  }
})

type OnTestFinished = TestContext['onTestFinished']

// Most of these tests wait: for a second attempt, or for a deadline.
describe.concurrent.each(sendingProviders)('the provider $name', provider => {
  const stageOf = async (onTestFinished: OnTestFinished): Promise<ProviderStage> => {
    const start = stages[provider.name]
    if (!start) throw new Error(`write a stage for ${provider.name} in provider-stages.ts`)
    const stage = await start()
    onTestFinished(() => stage.close())
    return stage
  }

  /** A sender whose first push was accepted. */
  const startSender = async (onTestFinished: OnTestFinished) => {
    const stage = await stageOf(onTestFinished)
    const sender = provider.createSender(stage.settings, context())
    // Closing first lets the sender finish against a stand-in that still answers.
    onTestFinished(() => sender.close())
    expect(await sender.send(ringOf(stage.device(0)), commit)).toMatchObject({ kind: 'accepted' })
    return { stage, sender, ring: (number: number) => sender.send(ringOf(stage.device(number)), commit) }
  }

  it('has a name that fits into queue names, settings and labels', () => {
    expect(provider.name).toMatch(/^[a-z][a-z0-9]*$/)
    expect(provider.platforms.length).toBeGreaterThan(0)
  })

  it('is off without settings, and names a setting that turns it on', () => {
    const load = () => loadConfig({}, { own: provider.settings }, provider.settings)
    expect(load().own).toBeUndefined()
    const [name, fix] = provider.required
    expect(Object.keys(provider.settings.fields)).toContain(name)
    expect(fix).toMatch(/^is required to ring/)
  })

  it('refuses to start with only one of its settings', () => {
    const [name] = provider.required
    const load = () => loadConfig({ [name]: '/nowhere' }, { own: provider.settings }, provider.settings)
    expect(load).toThrow(ConfigError)
  })

  it('normalises a token, and never repeats one that it refuses', async ({ onTestFinished }) => {
    const { token } = await stageOf(onTestFinished)
    const read = provider.readToken(token)
    expect(read).toEqual({ ok: true, token: expect.any(String) })
    if (read.ok) expect(provider.readToken(read.token)).toEqual(read)
    const refused = provider.readToken('not a token')
    expect(refused).toEqual({ ok: false, message: expect.stringMatching(/^must be/) })
    expect(JSON.stringify(refused)).not.toContain('not a token')
  })

  it('accepts a ring', async ({ onTestFinished }) => {
    const { stage, ring } = await startSender(onTestFinished)
    expect(await ring(1)).toMatchObject({ kind: 'accepted', status: expect.any(Number) })
    expect(stage.fake.acceptedCount(stage.device(1).token)).toBe(1)
  })

  it('sends a stop if it can, and refuses it for good if it cannot', async ({ onTestFinished }) => {
    const { stage, sender } = await startSender(onTestFinished)
    const before = stage.fake.received.length
    const outcome = await sender.send(
      { ...ringOf(stage.device(1)), kind: 'stop', action: 'cancelled' },
      commit,
    )
    expect(outcome).toMatchObject({ kind: provider.canStop ? 'accepted' : 'rejected' })
    expect(stage.fake.received.length - before).toBe(provider.canStop ? 1 : 0)
  })

  it('sends an alert', async ({ onTestFinished }) => {
    const { stage, sender } = await startSender(onTestFinished)
    const alert = { title: 'Alice', body: 'Hello', data: { type: 'chat' } }
    const { device, deadline } = ringOf({ ...stage.device(1), kind: 'alert' })
    const outcome = await sender.send({ kind: 'alert', alertId: 'alert-1', alert, device, deadline }, commit)
    expect(outcome).toMatchObject({ kind: 'accepted' })
  })

  it('reports a dead token as unregistered', async ({ onTestFinished }) => {
    const { stage, ring } = await startSender(onTestFinished)
    stage.orderDeadToken()
    expect(await ring(1)).toMatchObject({ kind: 'unregistered', reason: expect.any(String) })
  })

  it('rejects a push if the request is wrong', async ({ onTestFinished }) => {
    const { stage, ring } = await startSender(onTestFinished)
    stage.fake.order({ status: 400 })
    expect(await ring(1)).toMatchObject({ kind: 'rejected', status: 400 })
  })

  it('reports an overload as retryable, not delivered, with the time that the provider asked for', async ({
    onTestFinished,
  }) => {
    const { stage, ring } = await startSender(onTestFinished)
    stage.fake.order({ status: 429, retryAfter: 7 })
    const expected = { kind: 'retryable', status: 429, delivered: 'no', retryAfterMs: 7_000 }
    expect(await ring(1)).toMatchObject(expected)
  })

  it('sends an unanswered push a second time on another connection, with the same ids, and takes the first answer', async ({
    onTestFinished,
  }) => {
    const { stage, sender } = await startSender(onTestFinished)
    stage.fake.order({ acceptThenHang: true })
    const { outcome, ms } = await attempt(sender, ringOf(stage.device(1)))
    expect(outcome).toMatchObject({ kind: 'accepted' })
    expect(ms).toBeLessThan(2_500)
    const pushes = stage.fake.accepted(stage.device(1).token)
    expect(pushes).toHaveLength(2)
    expect(new Set(pushes.map(({ connection }) => connection)).size).toBe(2)
    expect(new Set(pushes.map(({ data }) => data.uuid)).size).toBe(1)
    expect(new Set(pushes.map(({ headers }) => headers['apns-id'])).size).toBe(1)
  })

  it('waits for the second attempt if the first one is refused for now', async ({ onTestFinished }) => {
    const { stage, sender } = await startSender(onTestFinished)
    stage.fake.order({ status: 503, delayMs: 1_800 })
    stage.fake.order({ delayMs: 1_500 })
    const outcome = await sender.send(ringOf(stage.device(1)), commit)
    expect(outcome).toMatchObject({ kind: 'accepted' })
    expect(stage.fake.acceptedCount(stage.device(1).token)).toBe(1)
  })

  // A campaign lost a ring so: the first attempt stayed open until the deadline, and no other one started.
  it('makes a third attempt if the first one stays unanswered and the second one is refused for now', async ({
    onTestFinished,
  }) => {
    const { stage, sender } = await startSender(onTestFinished)
    const phone = stage.device(1)
    stage.fake.order({ hang: true }, { token: phone.token })
    stage.fake.order({ status: 503 }, { token: phone.token })
    const outcome = await sender.send(ringOf(phone), commit)
    expect(outcome).toMatchObject({ kind: 'accepted' })
    expect(stage.fake.received.filter(({ token }) => token === phone.token)).toHaveLength(3)
  })

  // A campaign lost a ring so: its second attempt got a 503, and no budget was left for a third one.
  it('gives back the budget of second attempts that are refused for now', async ({ onTestFinished }) => {
    const { stage, sender, ring } = await startSender(onTestFinished)
    await ring(50)
    await ring(51)
    const phones = [stage.device(1), stage.device(2)]
    for (const { token } of phones) {
      stage.fake.order({ hang: true }, { token })
      stage.fake.order({ status: 503 }, { token })
    }
    // Other pushes are answered meanwhile: a provider that is silent for 4 s gets further attempts without a budget.
    stage.fake.order({ delayMs: 500 }, { token: stage.device(3).token, times: Number.POSITIVE_INFINITY })
    let isOver = false
    const answerOthers = async () => {
      while (!isOver) await ring(3)
    }
    const others = answerOthers()
    const made = await Promise.all(phones.map(phone => attempt(sender, ringOf(phone))))
    isOver = true
    await others
    expect(made.map(({ outcome }) => outcome.kind)).toEqual(['accepted', 'accepted'])
    // 25 answered pushes, which take more than 12 s, earn a further attempt.
    const waits = phones.map(({ token }) => {
      const pushes = stage.fake.received.filter(push => push.token === token)
      const [, refused, third] = pushes.map(({ at }) => at)
      return (third ?? Number.POSITIVE_INFINITY) - (refused ?? 0)
    })
    expect(Math.max(...waits)).toBeLessThan(6_000)
  })

  // Late answers were thrown away: a provider that answered in 2.3 s was pushed up to four times, and then left alone.
  it('takes a late answer, and pushes at most one in twenty a second time', async ({ onTestFinished }) => {
    const { stage, ring } = await startSender(onTestFinished)
    stage.fake.order({ delayMs: 2_300 }, { times: Number.POSITIVE_INFINITY })
    const before = stage.fake.received.length
    for (const burst of [0, 1]) {
      const outcomes = await Promise.all(upTo(60).map(number => ring(100 * burst + number)))
      expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['accepted']))
    }
    const pushes = stage.fake.received.slice(before)
    expect(pushes.length).toBeGreaterThanOrEqual(120)
    expect(pushes.length).toBeLessThanOrEqual(126)
    // They do not wait for each other's answers: many of the first sixty leave before any of them is answered, also on a busy machine.
    const firstAnswerAt = Math.min(...pushes.map(({ answeredAt }) => answeredAt ?? Number.POSITIVE_INFINITY))
    expect(pushes.filter(({ at }) => at < firstAnswerAt).length).toBeGreaterThan(10)
  })

  it('listens until the deadline to a push without any answer, which may have been delivered', async ({
    onTestFinished,
  }) => {
    const { stage, sender } = await startSender(onTestFinished)
    stage.fake.order({ acceptThenHang: true }, { times: Number.POSITIVE_INFINITY })
    const deadline = Date.now() + 2_500
    const outcome = await sender.send(ringOf(stage.device(1), { deadline }), commit)
    expect(outcome).toEqual({ kind: 'retryable', reason: 'no answer in time', delivered: 'maybe' })
    expect(Date.now()).toBeGreaterThanOrEqual(deadline - 50)
    expect(Date.now() - deadline).toBeLessThan(2_000)
  })

  it('asks once for each attempt whether the push may leave, when there is room for it, and sends nothing if it may not', async ({
    onTestFinished,
  }) => {
    const { stage, sender, ring } = await startSender(onTestFinished)
    const before = stage.fake.received.length
    expect(await sender.send(ringOf(stage.device(1)), async () => false)).toEqual({ kind: 'withheld' })
    expect(stage.fake.received).toHaveLength(before)
    // The room that it held is free again.
    const outcomes = await Promise.all(upTo(100).map(ring))
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['accepted']))
  })

  it('says whether it has room for a number of rings', async ({ onTestFinished }) => {
    const { stage, sender } = await startSender(onTestFinished)
    const hasRoomFor = (rings: number) => sender.hasRoom(stage.device(1), rings)
    expect([1, 50, 10_000].map(hasRoomFor)).toEqual([true, true, false])
  })

  // A push waited for the handshake after it had been asked, for 21 s, and rang a call that had ended.
  it('asks whether the push may leave when its connection is open, not before', async ({
    onTestFinished,
    expect,
  }) => {
    const stage = await stageOf(onTestFinished)
    const sender = provider.createSender(stage.settings, context())
    onTestFinished(() => sender.close())
    // It has the credentials for a push by now, if those take a request.
    await expect.poll(() => sender.hasRoom(stage.device(1))).toBe(true)
    stage.fake.freeze({ newConnections: true })
    stage.fake.dropConnections()
    const before = stage.fake.connectionsTotal
    const isReconnecting = () => expect.poll(() => stage.fake.connectionsTotal).toBeGreaterThan(before)
    // The only connections that are opened without a push. The sender has to notice first that they were closed.
    if (provider.name === 'apns') await isReconnecting()
    const asked: number[] = []
    const sending = sender.send(ringOf(stage.device(1)), async () => asked.push(performance.now()) > 0)
    await isReconnecting()
    expect(asked).toEqual([])
    const thawedAt = performance.now()
    stage.fake.thaw()
    expect(await sending).toMatchObject({ kind: 'accepted' })
    expect(asked).toHaveLength(1)
    expect(asked[0]).toBeGreaterThan(thawedAt)
  })

  // The status is the answer. The phone rings already: another attempt would be a second push.
  it('accepts a 200 whose body never ends', async ({ onTestFinished }) => {
    const { stage, sender } = await startSender(onTestFinished)
    stage.fake.order({ endlessBody: true }, INFINITE)
    const { outcome, ms } = await attempt(sender, ringOf(stage.device(1)))
    expect(outcome).toMatchObject({ kind: 'accepted' })
    expect(ms).toBeLessThan(6_000)
  })

  it.for([
    ['HTML', '<html>welcome</html>'],
    ['empty', ''],
    ['half of an answer', '{"name":'],
  ])('accepts a 200 whose body cannot be read: %s', async ([_, body], { onTestFinished }) => {
    const { stage, sender } = await startSender(onTestFinished)
    stage.fake.order({ status: 200, body }, INFINITE)
    expect(await sender.send(ringOf(stage.device(1)), commit)).toMatchObject({ kind: 'accepted' })
  })

  it('rejects and sends nothing if the check whether the push may leave fails', async ({
    onTestFinished,
  }) => {
    const { stage, sender, ring } = await startSender(onTestFinished)
    const before = stage.fake.received.length
    const refused = () => Promise.reject(new Error('NOREPLICAS'))
    await expect(sender.send(ringOf(stage.device(1)), refused)).rejects.toThrow('NOREPLICAS')
    expect(stage.fake.received).toHaveLength(before)
    expect(await ring(2)).toMatchObject({ kind: 'accepted' })
  })

  it('reports a refused connection as not delivered', async ({ onTestFinished }) => {
    const stage = await stageOf(onTestFinished)
    stage.fake.refuseConnections()
    const sender = provider.createSender(stage.settings, context())
    onTestFinished(() => sender.close())
    // A sender may need an access token before it connects. It cannot get one here.
    expect(await sender.send(ringOf(stage.device(1)), commit)).toMatchObject({
      kind: 'retryable',
      delivered: 'no',
    })
    expect(stage.fake.received).toHaveLength(0)
  })

  it('sends nothing after the deadline', async ({ onTestFinished }) => {
    const { stage, sender } = await startSender(onTestFinished)
    const before = stage.fake.received.length
    const late = ringOf(stage.device(1), { deadline: Date.now() })
    expect(await sender.send(late, commit)).toMatchObject({
      kind: 'retryable',
      delivered: 'no',
      reason: 'the deadline had passed',
    })
    expect(stage.fake.received).toHaveLength(before)
  })

  it('finishes the pushes in hand when it closes, and sends nothing afterwards', async ({
    onTestFinished,
  }) => {
    const { stage, sender, ring } = await startSender(onTestFinished)
    stage.fake.order({ delayMs: 200 })
    const inHand = ring(1)
    await sender.close()
    expect(await inHand).toMatchObject({ kind: 'accepted' })
    expect(await ring(2)).toMatchObject({
      kind: 'retryable',
      delivered: 'no',
      reason: 'the worker is closing',
    })
  })

  it('returns no token in an outcome, whatever the provider answers', async ({ onTestFinished }) => {
    const { stage, ring } = await startSender(onTestFinished)
    const { token } = stage.device(1)
    for (const status of [400, 404, 410, 429, 500]) {
      stage.fake.order({ status, reason: token, body: `<p>${token}</p>` })
      expect(inspect(await ring(1), { depth: 10 })).not.toContain(token)
    }
  })
})
