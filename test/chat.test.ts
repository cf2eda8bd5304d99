import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { providerCall, providerChat, type Webhook } from '../packages/payloads/test/webhooks.ts'
import { basic, deliver, eachOf } from './webhooks.ts'
import { login, startWorld, type World } from './world.ts'

const ALERT_MS = 3_600_000
const provider = { path: '/providers/cometchat', headers: { authorization: basic(login) } }

let world: World
let people = 0

beforeAll(async () => {
  world = await startWorld()
  world.addWorker({ app: { alertMs: ALERT_MS } })
  return () => world.close()
})

/** A chat notification as documented, to this user, of another message each time. */
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

async function newPerson() {
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
    others: () => [...world.apns.accepted(tokens.voip), ...world.fcm.accepted(tokens.ringsOnly)],
    async shown() {
      await expect.poll(() => this.iphone().length, { timeout: 5_000 }).toBe(1)
      await expect.poll(() => this.android().length, { timeout: 5_000 }).toBe(1)
      return { iphone: this.iphone()[0], android: this.android()[0] }
    },
  }
}

const messageOf = (push: { body: unknown } | undefined) =>
  (push?.body as { message: Record<string, unknown> } | undefined)?.message

/** In seconds; FCM writes it as `3600s`. */
const ttlOf = (push: { body: unknown } | undefined) => {
  const android = messageOf(push)?.android as { ttl: string } | undefined
  return Number.parseFloat(android?.ttl ?? '')
}

describe('a chat notification of the custom provider', () => {
  it('is shown on the alert tokens, with title, text, badge, conversation and its own data', async () => {
    const bob = await newPerson()
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

  it('is shown once however often the very same request comes, and a second message is another', async () => {
    const bob = await newPerson()
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

  it.each([
    ['a message object of 200 kB', { message: { id: '1', text: 'x'.repeat(200_000) } }],
    ['a long text in emoji', { body: '😎'.repeat(20_000) }],
    [
      'custom data that fits with nothing else',
      { custom: { text: 'ü'.repeat(1_500) }, body: 'é'.repeat(2_000) },
    ],
    ['pictures with endless addresses', { senderAvatar: `https://a.example/${'a'.repeat(5_000)}` }],
  ])('fits although it has %s', async (_, details) => {
    const bob = await newPerson()
    expect((await bob.send(details)).status).toBe(200)
    const { iphone, android } = await bob.shown()
    expect(iphone?.bytes).toBeLessThanOrEqual(4_096)
    const { notification, data } = messageOf(android) ?? {}
    expect(Buffer.byteLength(JSON.stringify({ notification, data }))).toBeLessThanOrEqual(4_096)
    expect(iphone?.body).toMatchObject({ conversationId: 'alice_user_bob', tag: '90288' })
  })

  it('comes to whoever has no phone, and nothing happens', async () => {
    expect((await deliver(world.ingress, chatTo('nobody'), provider)).body.status).toBe('queued')
  })

  it('forgets a token that Apple reports dead', async () => {
    const bob = await newPerson()
    world.apns.order({ status: 410, reason: 'Unregistered', timestamp: Date.now() + 1_000 })
    await bob.send()
    await expect.poll(async () => (await world.devices.list('default', bob.uid)).length).toBe(3)
  })

  it('is tried again when Google has a bad moment', async () => {
    const bob = await newPerson()
    world.fcm.order({ status: 503, reason: 'UNAVAILABLE' })
    await bob.send()
    await bob.shown()
  })

  it('needs Basic auth', async () => {
    const answer = await deliver(world.ingress, chatTo('bob'), { path: provider.path, headers: {} })
    expect(answer.status).toBe(401)
  })
})

describe('a burst', () => {
  // CometChat sends a request for each of a group's members, up to a thousand, and gives each 2 s.
  it('of a thousand members is answered 200, each within CometChat’s 2 s', { timeout: 60_000 }, async () => {
    // In production the workers are other processes; here this one would do their work in between.
    const alone = await startWorld({ ingress: { storeLimitMs: 1_500 } })
    onTestFinished(() => alone.close())
    const requests = Array.from({ length: 1_000 }, (_, index) =>
      chatTo(`member-${index}`, { receiverType: 'group', receiver: 'chess-club' }),
    )
    let longestMs = 0
    // This process makes and answers them all; what waits in it does not wait for the ingress.
    await eachOf(requests, 20, async request => {
      const startedAt = performance.now()
      expect((await deliver(alone.ingress, request, provider)).status).toBe(200)
      longestMs = Math.max(longestMs, performance.now() - startedAt)
    })
    expect(longestMs).toBeLessThan(2_000)
  })

  it('of messages does not hold up a call', { timeout: 60_000 }, async () => {
    const bob = await newPerson()
    for (const [provider, token] of [
      [world.apns, bob.tokens.alert],
      [world.fcm, bob.tokens.android],
    ] as const) {
      provider.order({ delayMs: 1_500 }, { token, times: 200 })
    }
    const tags = Array.from({ length: 200 }, (_, index) => String(index))
    await eachOf(tags, 20, tag => bob.send({ tag }))
    const ringing = await newPerson()
    const line = { callee: { uid: ringing.uid, name: 'Bob' }, sessionId: 'v1.eu.urgent', sentAt: Date.now() }
    await deliver(world.ingress, providerCall('initiated', line), provider)
    await expect.poll(() => ringing.others().length, { timeout: 5_000 }).toBe(2)
    expect(bob.iphone().length).toBeLessThan(200)
  })
})
