import { type CallView, codes, createLookup, type DiagnosisCode, verdictOf } from '@ringer/diagnosis'
import { createCometChatApi } from '@ringer/service'
import { readWorkers } from '@ringer/store'
import { afterAll, describe, expect } from 'vitest'
import { chess, signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { checkFcmAccount } from '../../packages/providers/src/fcm/check-account.ts'
import { createWebPushSender } from '../../packages/providers/src/webpush/create-sender.ts'
import { cometchat } from '../fixtures/cometchat.ts'
import { deliver, ended, register, tokens } from '../webhooks.ts'
import { registrationKey, type World, it as worldIt } from '../world.ts'

const it = worldIt.extend('cometchat', cometchat).extend('worldOptions', { stateUrls: true })

const sessionId = 'v1.eu.diagnosed'
const budgets = { pair: 0, caller: 1_000, recipient: 1_000, group: 1_000 }
const call = (more: Parameters<typeof signalledRing>[0] = {}) =>
  signalledRing({ sessionId, sentAt: Date.now(), ...more })
const iphone = { uid: 'bob', platform: 'ios', token: tokens.iphone, environment: 'production' }
const android = { uid: 'bob', platform: 'android', token: tokens.android }

/** What somebody who asks is told at this moment, or some ms later. */
async function ask(
  { reader: redis, keys, records }: World,
  session = sessionId,
  laterMs = 0,
): Promise<CallView> {
  const now = () => Date.now() + laterMs
  const lookup = createLookup({ redis, keys, records, appIds: ['default'], now })
  return (await lookup.find(session)).json as CallView
}

const seen = new Set<DiagnosisCode>()

/** Waits until the call has this diagnosis. */
async function expectCode(world: World, code: DiagnosisCode, session?: string, laterMs?: number) {
  await expect.poll(async () => (await ask(world, session, laterMs)).verdict.code).toBe(code)
  seen.add(code)
}

/** Registers a phone, starts a worker, and calls. */
async function ring(world: World, phone: object, worker: Parameters<World['addWorker']>[0] = {}) {
  expect((await register(world.ingress, phone)).status).toBe(200)
  world.addWorker(worker)
  expect((await deliver(world.ingress, call())).status).toBe(200)
}

describe('with a planted fault, a phone that did not ring is diagnosed as', () => {
  it('accepted', async ({ world }) => {
    await ring(world, android)
    await expectCode(world, 'accepted')
  })

  it.for([
    ['wrong-environment', { status: 400, reason: 'BadDeviceToken' }],
    ['wrong-topic', { status: 400, reason: 'TopicDisallowed' }],
    ['wrong-key', { status: 403, reason: 'InvalidProviderToken' }],
    ['wrong-key-environment', { status: 403, reason: 'BadEnvironmentKeyIdInToken' }],
    ['unrelated-key', { status: 403, reason: 'UnrelatedKeyIdInToken' }],
    ['token-dead', { status: 410, reason: 'Unregistered' }],
    ['provider-refused', { status: 413, reason: 'PayloadTooLarge' }],
  ] as const)('%s, by what Apple answers', async ([code, answer], { world }) => {
    world.apns.order(answer, { times: Number.POSITIVE_INFINITY })
    await ring(world, iphone)
    await expectCode(world, code)
  })

  it.for([
    ['wrong-sender', { status: 403, reason: 'SENDER_ID_MISMATCH' }],
    ['provider-credentials', { status: 403, reason: 'PERMISSION_DENIED' }],
  ] as const)('%s, by what Google answers', async ([code, answer], { world }) => {
    world.fcm.order(answer, { times: Number.POSITIVE_INFINITY })
    await ring(world, android)
    await expectCode(world, code)
  })

  it('provider-quota, if Google takes no more until the deadline', async ({ world }) => {
    world.fcm.order(
      { status: 429, reason: 'QUOTA_EXCEEDED', retryAfter: 40 },
      { times: Number.POSITIVE_INFINITY },
    )
    await ring(world, android)
    await expectCode(world, 'provider-quota')
  })

  it('token-malformed, by what Google answers to a token that it did not issue', async ({ world }) => {
    const details = [
      { '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: 'INVALID_ARGUMENT' },
      {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: [{ field: 'message.token', description: 'Invalid value' }],
      },
    ]
    const body = JSON.stringify({ error: { code: 400, message: '', status: 'INVALID_ARGUMENT', details } })
    world.fcm.order({ status: 400, body })
    await ring(world, android)
    await expectCode(world, 'token-malformed')
  })

  it('wrong-vapid-key, by what a push service answers', async ({ world }) => {
    world.webpush.order({ status: 403, reason: 'VapidPkHashMismatch' })
    await ring(world, { uid: 'bob', subscription: world.webpush.subscribe() })
    await expectCode(world, 'wrong-vapid-key')
  })

  it('endpoint-not-public, of a host that only the ingress is told to accept', async ({ world }) => {
    const settings = { ...world.webpushSettings(), endpointHosts: [] }
    const sender = createWebPushSender(settings, { legacyPayload: 'none', clock: Date.now })
    const tenant = { senders: new Map([['webpush', sender]]) }
    await ring(world, { uid: 'bob', subscription: world.webpush.subscribe() }, { tenant })
    await expectCode(world, 'endpoint-not-public')
    expect(world.webpush.connectionsTotal).toBe(0)
  })

  it('in-flight, then expired-provider-down', async ({ world }) => {
    world.fcm.order({ hang: true }, { times: Number.POSITIVE_INFINITY })
    const short = await world.addIngress({ tenant: { ringMs: 5_000 } })
    await register(world.ingress, android)
    world.addWorker()
    await deliver(short, call())
    await expectCode(world, 'in-flight')
    await expectCode(world, 'expired-provider-down')
  })

  it('retrying', async ({ world }) => {
    world.fcm.order({ status: 503, reason: 'UNAVAILABLE' }, { times: Number.POSITIVE_INFINITY })
    await ring(world, android)
    await expectCode(world, 'retrying')
    const [phone] = (await ask(world)).rings[0]?.devices ?? []
    expect(phone?.attempts[0]).toMatchObject({
      attempt: 1,
      outcome: 'retryable',
      status: 503,
      reason: expect.any(String),
    })
  })

  it('waiting-for-provider', async ({ world }) => {
    // Somebody serves the queue, and stands still.
    await world.reader.hset(`${world.prefix}:pushes-fcm:meta`, 'paused', '1')
    await world.addWorker({ queues: ['pushes-fcm'] }).connected
    await expect.poll(async () => (await readWorkers(world.reader, world.keys)).length).toBe(1)
    await ring(world, android, { queues: ['calls', 'pushes-apns'] })
    await expectCode(world, 'waiting-for-provider')
  })

  it('no-worker-for-provider', async ({ world }) => {
    await ring(world, android, { queues: ['calls', 'pushes-apns'] })
    await expectCode(world, 'no-worker-for-provider')
  })

  it('ended-provider-down', async ({ world }) => {
    world.fcm.order({ status: 503, reason: 'UNAVAILABLE' }, { times: Number.POSITIVE_INFINITY })
    await ring(world, android)
    await expectCode(world, 'retrying')
    await deliver(world.ingress, ended('cancelled', sessionId))
    await expectCode(world, 'ended-provider-down')
  })

  it('provider-not-configured', async ({ world }) => {
    await ring(world, android, { tenant: { senders: new Map() } })
    await expectCode(world, 'provider-not-configured')
  })

  it('app-not-configured', async ({ world }) => {
    await ring(world, android, { tenants: new Map() })
    await expectCode(world, 'app-not-configured')
  })

  it('no-device', async ({ world }) => {
    world.addWorker()
    await deliver(world.ingress, call())
    await expectCode(world, 'no-device')
  })

  it('only-alert-tokens', async ({ world }) => {
    await ring(world, { ...iphone, kind: 'alert' })
    await expectCode(world, 'only-alert-tokens')
  })

  it('device-retired', async ({ world }) => {
    await register(world.ingress, android)
    const [device] = await world.devices.list('default', 'bob')
    if (!device) throw new Error('the phone was not registered')
    for (let refusals = 0; refusals < 5; refusals += 1) await world.devices.countRefusal(device)
    await world.devices.setAside(device, 'UNREGISTERED', Date.now())
    world.addWorker()
    await deliver(world.ingress, call())
    await expectCode(world, 'device-retired')
  })

  it('device-moved', async ({ world }) => {
    await ring(world, android, { queues: ['calls'] })
    await expectCode(world, 'no-worker-for-provider')
    await register(world.ingress, { ...android, uid: 'carol' })
    world.addWorker()
    await expectCode(world, 'device-moved')
  })

  it('device-unreadable', async ({ world }) => {
    await register(world.ingress, android)
    const [device] = await world.devices.list('default', 'bob')
    await world.reader.hset(world.keys.device(device?.id ?? ''), 'registeredAt', 'yesterday')
    world.addWorker()
    await deliver(world.ingress, call())
    await expectCode(world, 'device-unreadable')
  })

  it('over-budget, with the budget, what was counted, and the caller', async ({ world }) => {
    await ring(world, android, { tenant: { budgets } })
    await expectCode(world, 'over-budget')
    const { verdict } = await ask(world)
    expect(verdict).toMatchObject({ refusal: { budget: 'pair', limit: 0, counted: 0, caller: 'alice' } })
    expect(verdict.sentence).toMatch(
      /The budget “pair” \(from one caller to one recipient\) allows 0 calls a minute, and 0 were counted\. The caller is alice\.$/,
    )
    expect(verdict.fix).toMatch(/“pair” in RINGER_BUDGETS/)
    const lookup = createLookup({
      ...{ redis: world.reader, keys: world.keys, records: world.records, appIds: ['default'] },
      ...{ now: Date.now, logUids: false },
    })
    const { text, json } = await lookup.find(sessionId)
    expect(text).toMatch(/and 0 were counted\.\n/)
    expect(JSON.stringify(json)).not.toContain('alice')
  })

  it('over-budget of a group, with the budget, what was counted, and the caller', async ({
    world,
    cometchat: { url, apiKey, groups },
  }) => {
    groups.set(chess.uid, ['alice', 'bob'])
    const { listMembers } = createCometChatApi({ url, apiKey })
    world.addWorker({ tenant: { listMembers, budgets: { ...budgets, pair: 1_000, group: 0 } } })
    await deliver(world.ingress, call({ callee: chess, receiverType: 'group' }))
    await expectCode(world, 'over-budget')
    expect((await ask(world)).verdict).toMatchObject({
      refusal: { budget: 'group', limit: 0, counted: 0, caller: 'alice' },
    })
  })

  it.for([
    [
      { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' },
      /does not know the private key/,
    ],
    [
      { error: 'invalid_grant', error_description: 'Invalid JWT: Token must be a short-lived token' },
      /clock/,
    ],
    [{ error: 'invalid_grant', error_description: 'Invalid grant: account not found' }, /does not exist/],
  ] as const)(
    'provider-credentials, in the words of ringer doctor, if Google grants no access token: $error_description',
    async ([body, words], { world }) => {
      const answer = { status: 400, body: JSON.stringify(body) }
      world.fcm.orderTokenRequest(answer, { times: Number.POSITIVE_INFINITY })
      await ring(world, android)
      await expectCode(world, 'provider-credentials')
      const { sentence, fix } = (await ask(world)).verdict
      expect(sentence).toMatch(words)
      const doctor = await checkFcmAccount(world.fcmSettings(), Date.now)[0]?.run(AbortSignal.timeout(5_000))
      expect(sentence.toLowerCase()).toContain(doctor?.sentence.toLowerCase())
      expect(fix.toLowerCase()).toContain(doctor?.fix?.toLowerCase())
    },
  )

  it('ended-first', async ({ world }) => {
    await register(world.ingress, android)
    world.addWorker()
    await deliver(world.ingress, ended('cancelled', sessionId))
    await expect.poll(async () => (await world.records.read('default', sessionId))?.end).toBeDefined()
    await deliver(world.ingress, call())
    await expectCode(world, 'ended-first')
  })

  it('answered-first', async ({ world }) => {
    await ring(world, android, { queues: ['calls', 'pushes-apns'] })
    await expectCode(world, 'no-worker-for-provider')
    const answer = { kind: 'answer', sessionId, uid: 'bob' } as const
    await world.records.answer('job-answer', 'default', answer, Date.now())
    await expectCode(world, 'answered-first')
  })
})

describe('a phone that sends receipts is diagnosed as', () => {
  /** Rings Bob's Android phone, which reports this. */
  async function ringAndReport(world: World, event: string) {
    await ring(world, android)
    const [push] = await world.fcm.waitFor(all => all.length > 0)
    const path = new URL(String(push?.data.stateUrl)).pathname
    const answer = await fetch(`${world.ingress}${path}`, { method: 'POST', body: JSON.stringify({ event }) })
    expect(answer.status).toBe(204)
  }

  it.for([
    ['shown', 'shown'],
    ['suppressed', 'suppressed'],
    ['late-on-phone', 'late'],
  ] as const)('%s', async ([code, event], { world }) => {
    await ringAndReport(world, event)
    await expectCode(world, code)
    const [phone] = (await ask(world)).rings[0]?.devices ?? []
    expect(phone?.receipts).toMatchObject([{ event, ms: expect.any(Number) }])
  })

  it('accepted-not-shown, 5 s after its push was accepted, if it has reported before', async ({ world }) => {
    await ringAndReport(world, 'shown')
    const next = 'v1.eu.silent'
    await deliver(world.ingress, call({ sessionId: next }))
    await expectCode(world, 'accepted', next)
    await expectCode(world, 'accepted-not-shown', next, 5_000)
    expect((await ask(world, next, 5_000)).verdict).not.toHaveProperty('because')
  })

  it.for([
    ['notifications-off', { notificationsAllowed: false }],
    ['channel-silent', { channelImportance: 2 }],
    ['battery-restricted', { standbyBucket: 45 }],
    ['full-screen-denied', { fullScreenIntentAllowed: false }],
  ] as const)(
    'accepted-not-shown because of %s, if its app told so',
    async ([because, health], { world }) => {
      await ringAndReport(world, 'shown')
      const told = await ringable(world, health)
      const next = 'v1.eu.silent'
      await deliver(world.ingress, call({ sessionId: next }))
      await expectCode(world, 'accepted', next)
      expect((await ask(world, next)).verdict).toMatchObject({ because, acceptedMs: expect.any(Number) })
      await expectCode(world, 'accepted-not-shown', next, 5_000)
      // The phone as it was rung counts: what it tells later mends the next call.
      await ringable(world, { notificationsAllowed: true })
      const { verdict, rings } = await ask(world, next, 5_000)
      expect(verdict).toMatchObject({ code: 'accepted-not-shown', because })
      expect(rings[0]?.devices[0]?.verdict).toEqual(verdict)
      // In the words with which the app's backend was told before.
      const cause = verdictOf({ code: because })
      expect(told?.diagnosis).toEqual(cause)
      expect(verdict.sentence.toLowerCase()).toContain(cause.sentence.toLowerCase())
      expect(verdict.fix).toBe(cause.fix)
    },
  )
})

describe('a call for which no phone was tried is diagnosed as', () => {
  it('no-worker, until there is a worker', async ({ world }) => {
    await deliver(world.ingress, call())
    await expectCode(world, 'no-worker')
    world.addWorker()
    await expectCode(world, 'no-device')
  })

  it('waiting', async ({ world }) => {
    // It takes calls, and stands still.
    await world.reader.hset(`${world.prefix}:calls:meta`, 'paused', '1')
    world.addWorker()
    await deliver(world.ingress, call())
    await expectCode(world, 'waiting')
  })

  it('expired-before-worker', async ({ world }) => {
    await register(world.ingress, android)
    const short = await world.addIngress({ tenant: { ringMs: 1 } })
    await deliver(short, call())
    world.addWorker()
    await expectCode(world, 'expired-before-worker')
  })

  it('webhook-late', async ({ world }) => {
    await world.addWorker().connected
    await deliver(world.ingress, call({ sentAt: Date.now() - 41_000 }))
    await expectCode(world, 'webhook-late')
  })

  it('group-members-unknown', async ({ world }) => {
    world.addWorker()
    await deliver(world.ingress, call({ callee: chess, receiverType: 'group' }))
    await expectCode(world, 'group-members-unknown')
  })

  it('group-too-large', async ({ world, cometchat: { url, apiKey, groups } }) => {
    groups.set(
      chess.uid,
      Array.from({ length: 1_002 }, (_, index) => `member-${index}`),
    )
    world.addWorker({ tenant: { listMembers: createCometChatApi({ url, apiKey }).listMembers } })
    await deliver(world.ingress, call({ callee: chess, receiverType: 'group' }))
    await expect.poll(async () => (await ask(world)).note).toMatch(/2 members were not rung|1 members? w/)
    seen.add('group-too-large')
  })

  it('never-announced', async ({ world }) => {
    world.addWorker()
    await deliver(world.ingress, ended('cancelled', sessionId))
    await expectCode(world, 'never-announced')
  })

  it('unknown', async ({ world }) => {
    await expectCode(world, 'unknown', 'v1.eu.unheard-of')
  })

  it('webhook-refused', async ({ world }) => {
    const refused = await deliver(world.ingress, call(), { headers: { authorization: 'Basic YTpi' } })
    expect(refused.status).toBe(401)
    await expectCode(world, 'webhook-refused')
  })

  // A stranger who sends a webhook every second hid the mistake in CometChat's settings.
  it('webhook-refused, with the reason of each refusal', async ({ world }) => {
    await deliver(world.ingress, call(), { headers: { 'x-cometchat-signature': '0'.repeat(64) } })
    await deliver(world.ingress, call(), { headers: { authorization: 'Basic YTpi' } })
    await expectCode(world, 'webhook-refused')
    await expect
      .poll(async () => (await ask(world)).note)
      .toMatch(/^(?=.*unknown_user at 2)(?=.*wrong_signature at 2)/)
  })

  it('duplicate, for the webhook that repeats another one', async ({ world }) => {
    world.addWorker()
    const webhook = call()
    await deliver(world.ingress, webhook)
    expect((await deliver(world.ingress, webhook)).body.status).toBe('duplicate')
    await expect
      .poll(async () => (await ask(world)).timeline.map(({ what }) => what))
      .toContainEqual(expect.stringMatching(/^webhook \(ring\) duplicate: This webhook repeats/))
    seen.add('duplicate')
  })
})

/** Registers a phone that tells this about itself, and asks whether it would ring. */
async function ringable(world: World, health: object) {
  expect((await register(world.ingress, { ...android, ...health })).status).toBe(200)
  const response = await fetch(`${world.ingress}/api/push/ringable?uid=bob`, {
    headers: { authorization: `Bearer ${registrationKey}` },
  })
  const { devices } = (await response.json()) as {
    devices: { rings: string; diagnosis?: { code: DiagnosisCode }; lastRing?: { diagnosis: string } }[]
  }
  return devices[0]
}

describe('before a call, a phone that would not ring as it should is diagnosed as', () => {
  it.for([
    ['notifications-off', { notificationsAllowed: false }],
    ['channel-silent', { channelImportance: 2 }],
    ['battery-restricted', { standbyBucket: 45 }],
    ['full-screen-denied', { fullScreenIntentAllowed: false }],
  ] as const)('%s, by what it told about itself', async ([code, health], { world }) => {
    expect((await ringable(world, health))?.diagnosis?.code).toBe(code)
    seen.add(code)
  })

  it('wrong-sender, from the outcome of its last call', async ({ world }) => {
    world.fcm.order({ status: 403, reason: 'SENDER_ID_MISMATCH' })
    await ring(world, android)
    await expectCode(world, 'wrong-sender')
    expect(await ringable(world, {})).toMatchObject({
      ...{ rings: 'no', diagnosis: { code: 'wrong-sender' }, lastRing: { diagnosis: 'wrong-sender' } },
    })
  })
})

afterAll(() => {
  // It needs a Redis that is full, so apps/cli/test/why.test.ts plants it.
  seen.add('redis-refuses-writes')
  expect(codes.filter(code => !seen.has(code))).toEqual([])
})
