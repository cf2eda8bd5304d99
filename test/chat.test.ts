import { describe, expect, onTestFinished } from 'vitest'
import { providerCall, providerChat, type Webhook } from '../packages/payloads/test/webhooks.ts'
import { basic, deliver, eachOf } from './webhooks.ts'
import { itInSharedWorld, login, startWorld, type World } from './world.ts'

const ALERT_MS = 3_600_000
const provider = { path: '/providers/cometchat', headers: { authorization: basic(login) } }

let people = 0

const it = itInSharedWorld.extend('bob', ({ world }) => newPerson(world))
it.beforeAll(({ world }) => {
  world.addWorker({ tenant: { alertMs: ALERT_MS } })
})

/** A chat notification as documented, to this user; no two are the same message. */
function chatTo(uid: string, details: Record<string, unknown> = {}): Webhook {
  const webhook = providerChat()
  const { message, ...usual } = webhook.data.notificationDetails as Record<string, unknown>
  return {
    ...webhook,
    data: {
      to: { uid },
      notificationDetails: { ...usual, sentAt: String(Date.now()), ...details },
    },
  }
}

/** Registers somebody whom no other test uses: an iPhone with two tokens and two Android phones. */
async function newPerson(world: World) {
  people += 1
  const uid = `bob-${people}`
  const tokens = {
    voip: people.toString(16).padStart(64, 'a'),
    alert: people.toString(16).padStart(64, 'b'),
    android: `the-android-phone-of-${uid}`,
    ringsOnly: `the-ringing-phone-of-${uid}`,
  }
  const usual = { appId: 'default', uid }
  await world.devices.register({ ...usual, platform: 'ios', kind: 'voip', token: tokens.voip }, Date.now())
  await world.devices.register({ ...usual, platform: 'ios', kind: 'alert', token: tokens.alert }, Date.now())
  await world.devices.register(
    { ...usual, platform: 'android', kind: 'both', token: tokens.android },
    Date.now(),
  )
  await world.devices.register(
    { ...usual, platform: 'android', kind: 'voip', token: tokens.ringsOnly },
    Date.now(),
  )
  return {
    uid,
    tokens,
    send: (details?: Record<string, unknown>) => deliver(world.ingress, chatTo(uid, details), provider),
    iphone: () => world.apns.accepted(tokens.alert),
    android: () => world.fcm.accepted(tokens.android),
    /** Pushes to the tokens that only ring. */
    others: () => [...world.apns.accepted(tokens.voip), ...world.fcm.accepted(tokens.ringsOnly)],
    /** Waits until both phones show a notification. */
    async shown() {
      await expect.poll(() => this.iphone().length, { timeout: 5_000 }).toBe(1)
      await expect.poll(() => this.android().length, { timeout: 5_000 }).toBe(1)
      return { iphone: this.iphone()[0], android: this.android()[0] }
    },
  }
}

const messageOf = (push: { body: unknown } | undefined) =>
  (push?.body as { message: Record<string, unknown> } | undefined)?.message

/** The TTL in seconds. FCM writes it as `3600s`. */
const ttlOf = (push: { body: unknown } | undefined) => {
  const android = messageOf(push)?.android as { ttl: string } | undefined
  return Number.parseFloat(android?.ttl ?? '')
}

describe('a chat notification of the custom provider', () => {
  it('is shown on the alert tokens, with title, text, badge, conversation and its own data', async ({
    world,
    bob,
  }) => {
    const before = Date.now()
    const answer = await bob.send({ custom: { screen: 'inbox' }, unreadMessageCount: 7 })
    expect(answer).toMatchObject({ status: 200, body: { status: 'queued' } })
    const { iphone, android } = await bob.shown()
    expect(iphone?.headers).toMatchObject({
      'apns-push-type': 'alert',
      'apns-topic': world.credentials.apns.bundleId,
      'apns-collapse-id': '90288',
    })
    const expires = Number(iphone?.headers['apns-expiration']) * 1_000
    expect(expires).toBeGreaterThan(before + ALERT_MS - 2_000)
    expect(expires).toBeLessThanOrEqual(Date.now() + ALERT_MS)
    expect(iphone?.body).toMatchObject({
      aps: {
        alert: { title: 'Alice Moreau', body: 'Are you there?' },
        badge: 7,
        'thread-id': 'alice_user_bob',
        sound: 'default',
      },
      type: 'chat',
      sender: 'alice',
      conversationId: 'alice_user_bob',
      custom: { screen: 'inbox' },
    })
    expect(messageOf(android)).toMatchObject({
      notification: { title: 'Alice Moreau', body: 'Are you there?' },
      android: { priority: 'high', notification: { tag: '90288', notification_count: 7 } },
      data: { type: 'chat', sender: 'alice', custom: '{"screen":"inbox"}' },
    })
    expect(ttlOf(android)).toBeGreaterThan(ALERT_MS / 1_000 - 60)
    expect(ttlOf(android)).toBeLessThanOrEqual(ALERT_MS / 1_000)
    expect(bob.others()).toEqual([])
  })

  it('is shown once however often the same request arrives; a second message is shown too', async ({
    bob,
  }) => {
    const sentAt = String(Date.now())
    const answers = await Promise.all(Array.from({ length: 5 }, () => bob.send({ sentAt })))
    expect(answers.map(answer => answer.body.status).sort()).toEqual([
      ...Array(4).fill('duplicate'),
      'queued',
    ])
    await bob.shown()
    await bob.send({ sentAt, tag: '90289' })
    await expect.poll(() => bob.iphone().length).toBe(2)
    await expect.poll(() => bob.android().length).toBe(2)
  })

  it.for([
    ['a message object of 200 kB', { message: { id: '1', text: 'x'.repeat(200_000) } }],
    ['a long text in emoji', { body: '😎'.repeat(20_000) }],
    [
      'custom data that fills almost the whole push',
      { custom: { text: 'ü'.repeat(1_500) }, body: 'é'.repeat(2_000) },
    ],
    ['a very long avatar URL', { senderAvatar: `https://a.example/${'a'.repeat(5_000)}` }],
  ] as const)('fits into a push although it has %s', async ([_, details], { bob }) => {
    expect((await bob.send(details)).status).toBe(200)
    const { iphone, android } = await bob.shown()
    expect(iphone?.bytes).toBeLessThanOrEqual(4_096)
    const { notification, data } = messageOf(android) ?? {}
    expect(Buffer.byteLength(JSON.stringify({ notification, data }))).toBeLessThanOrEqual(4_096)
    expect(iphone?.body).toMatchObject({ conversationId: 'alice_user_bob', tag: '90288' })
  })

  it('is accepted for a user without a phone', async ({ world }) => {
    expect((await deliver(world.ingress, chatTo('nobody'), provider)).body.status).toBe('queued')
  })

  it('removes a token that Apple reports dead', async ({ world, bob }) => {
    world.apns.order({ status: 410, reason: 'Unregistered', timestamp: Date.now() + 1_000 })
    await bob.send()
    await expect.poll(async () => (await world.devices.list('default', bob.uid)).length).toBe(3)
  })

  it('is retried after a 503 from Google', async ({ world, bob }) => {
    world.fcm.order({ status: 503, reason: 'UNAVAILABLE' })
    await bob.send()
    await bob.shown()
  })

  it('needs Basic auth', async ({ world }) => {
    const answer = await deliver(world.ingress, chatTo('bob'), { path: provider.path, headers: {} })
    expect(answer.status).toBe(401)
  })
})

describe('a burst of notifications', () => {
  // CometChat sends one request per member of a group, up to a thousand, and gives each 2 s.
  it('to a thousand members is answered 200, each request within CometChat’s 2 s', {
    timeout: 60_000,
  }, async ({ redis }) => {
    // In production the workers are other processes. A worker in this process would slow the ingress down.
    const alone = await startWorld(redis, { ingress: { storeLimitMs: 1_500 } })
    onTestFinished(() => alone.close())
    const requests = Array.from({ length: 1_000 }, (_, index) =>
      chatTo(`member-${index}`, { receiverType: 'group', receiver: 'chess-club' }),
    )
    let longestMs = 0
    // This process sends the requests as well. Twenty at a time keep their own waiting out of what is measured.
    await eachOf(requests, 20, async request => {
      const startedAt = performance.now()
      expect((await deliver(alone.ingress, request, provider)).status).toBe(200)
      longestMs = Math.max(longestMs, performance.now() - startedAt)
    })
    expect(longestMs).toBeLessThan(2_000)
  })

  it('does not delay a call', { timeout: 60_000 }, async ({ world, bob }) => {
    for (const [provider, token] of [
      [world.apns, bob.tokens.alert],
      [world.fcm, bob.tokens.android],
    ] as const) {
      provider.order({ delayMs: 1_500 }, { token, times: 200 })
    }
    const tags = Array.from({ length: 200 }, (_, index) => String(index))
    await eachOf(tags, 20, tag => bob.send({ tag }))
    const ringing = await newPerson(world)
    const line = { callee: { uid: ringing.uid, name: 'Bob' }, sessionId: 'v1.eu.urgent', sentAt: Date.now() }
    await deliver(world.ingress, providerCall('initiated', line), provider)
    await expect.poll(() => ringing.others().length, { timeout: 5_000 }).toBe(2)
    expect(bob.iphone().length).toBeLessThan(200)
  })
})
