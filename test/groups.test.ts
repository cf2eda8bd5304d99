import { type FakeCometChat, startFakeCometChat } from '@ringer/fakes'
import { createCometChatApi } from '@ringer/service'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  chess,
  initiatorRing,
  providerCall,
  signalledEnd,
  signalledRing,
} from '../packages/payloads/test/webhooks.ts'
import { hasRealRedis } from '../packages/store/test/describe-store.ts'
import { basic, deliver, eachOf } from './webhooks.ts'
import { login, startWorld, type World } from './world.ts'

const sessionId = 'v1.eu.group-call'
const groupCall = (call: Parameters<typeof signalledRing>[0] = {}) =>
  signalledRing({ callee: chess, receiverType: 'group', sessionId, sentAt: Date.now(), ...call })
const token = (index: number) => index.toString(16).padStart(64, '0')
const androidToken = (index: number) => `fcm-registration-token-of-member-${index}`

let world: World
let cometchat: FakeCometChat

beforeEach(async () => {
  // A thousand requests at once, and all that they lead to, in this one process.
  world = await startWorld({ ingress: { storeLimitMs: 5_000 } })
  cometchat = await startFakeCometChat()
})
afterEach(async () => {
  await world.close()
  await cometchat.close()
})

const withKey = () => {
  const { listMembers } = createCometChatApi({ url: cometchat.url, apiKey: cometchat.apiKey })
  return world.addWorker({ app: { listMembers } })
}

/** Every other member has an iPhone, the others an Android phone. */
async function registerMembers(count: number): Promise<string[]> {
  const uids = Array.from({ length: count }, (_, index) => `member-${index}`)
  const usual = { appId: 'default' }
  await Promise.all(
    uids.map((uid, index) =>
      world.devices.register(
        index % 2 === 0
          ? { ...usual, uid, platform: 'ios', kind: 'voip', token: token(index), environment: 'production' }
          : { ...usual, uid, platform: 'android', kind: 'both', token: androidToken(index) },
        Date.now(),
      ),
    ),
  )
  return uids
}

const record = () => world.records.read('default', sessionId)

describe('a call to a group', () => {
  it.each([
    ['the documented dialect', () => groupCall()],
    ["the recipes' dialect", () => initiatorRing({ callee: chess, receiverType: 'group', sessionId })],
  ])('rings each member but the caller, once, in %s', async (_, webhook) => {
    cometchat.groups.set(chess.uid, ['alice', ...(await registerMembers(3))])
    await world.devices.register(
      { appId: 'default', uid: 'alice', platform: 'ios', kind: 'voip', token: token(99) },
      Date.now(),
    )
    withKey()
    const first = webhook()
    await deliver(world.ingress, first)
    await deliver(world.ingress, first)
    await world.apns.waitFor(received => received.length === 2)
    await world.fcm.waitFor(received => received.length === 1)
    await expect.poll(async () => (await record())?.rings.length).toBe(3)
    expect(world.apns.received.map(push => push.token).sort()).toEqual([token(0), token(2)])
    expect(world.apns.received[0]?.data).toMatchObject({
      receiver: chess.uid,
      receiverType: 'group',
      receiverName: chess.name,
      conversationId: `group_${chess.uid}`,
      senderUid: 'alice',
    })
  })

  // The embedded Redis, which is part of this process, is not made for it.
  const once = `rings a thousand members once each, whichever feeds tell of it${hasRealRedis ? '' : ' (skipped: no real Redis)'}`
  it.runIf(hasRealRedis)(once, { timeout: 60_000 }, async () => {
    const members = await registerMembers(1_000)
    cometchat.groups.set(chess.uid, members)
    withKey()
    world.addWorker({
      app: {
        listMembers: createCometChatApi({ url: cometchat.url, apiKey: cometchat.apiKey }).listMembers,
      },
    })
    const sentAt = Date.now()
    const webhook = groupCall({ sentAt })
    const perMember = members.map(uid =>
      providerCall('initiated', { callee: chess, receiverType: 'group', sessionId, sentAt, to: { uid } }),
    )
    const provider = { path: '/providers/cometchat', headers: { authorization: basic(login) } }
    await deliver(world.ingress, webhook)
    await eachOf([webhook, ...perMember], 20, async request => {
      const answer = await deliver(world.ingress, request, request === webhook ? {} : provider)
      expect(answer.status).toBe(200)
    })
    const patience = { timeoutMs: 25_000 }
    await world.apns.waitFor(received => received.length >= 500, patience)
    await world.fcm.waitFor(received => received.length >= 500, patience)
    // A later call's pushes come after every push of this one that was ever going to come.
    await deliver(
      world.ingress,
      signalledRing({ callee: { uid: 'member-0' }, sessionId: 'v1.eu.later', sentAt: Date.now() }),
    )
    await world.apns.waitFor(
      received => received.some(push => push.data.sessionId === 'v1.eu.later'),
      patience,
    )
    const settled = async () =>
      (await record())?.rings.flatMap(ring => ring.devices).every(({ outcome }) => outcome === 'accepted')
    await expect.poll(settled, { timeout: patience.timeoutMs, interval: 250 }).toBe(true)
    const call = await record()
    expect(call?.rings).toHaveLength(1_000)
    const pushes = [...world.apns.received, ...world.fcm.received].filter(
      ({ data }) => data.sessionId === sessionId,
    )
    for (const ring of call?.rings ?? []) {
      expect(ring.devices).toHaveLength(1)
      const index = Number(ring.recipient.split('-')[1])
      const own = index % 2 === 0 ? token(index) : androidToken(index)
      const rung = pushes.filter(push => push.accepted && push.token === own)
      // On a machine that is busy enough an attempt is left without an answer in time, and made again: the same ring.
      expect(rung.length).toBeGreaterThanOrEqual(1)
      expect(rung.length).toBeLessThanOrEqual(ring.devices[0]?.attempt ?? 0)
      expect(new Set(rung.map(({ headers, data }) => headers['apns-id'] ?? data.uuid)).size).toBe(1)
    }
  })

  it('without a key says on record what to configure', async () => {
    world.addWorker()
    await deliver(world.ingress, groupCall())
    await expect.poll(async () => (await record())?.note).toMatch(/COMETCHAT_API_KEY.*custom push provider/)
    expect(world.apns.received).toEqual([])
  })

  it('without a key rings the members that the custom provider tells of', async () => {
    const [first = ''] = await registerMembers(1)
    world.addWorker()
    const call = { callee: chess, receiverType: 'group', sessionId, sentAt: Date.now() } as const
    const provider = { path: '/providers/cometchat', headers: { authorization: basic(login) } }
    await deliver(world.ingress, providerCall('initiated', { ...call, to: { uid: first } }), provider)
    await world.apns.waitFor(received => received.length === 1)
  })

  it('with a key that CometChat refuses says so on record', async () => {
    const { listMembers } = createCometChatApi({ url: cometchat.url, apiKey: 'not-the-key' })
    world.addWorker({ app: { listMembers } })
    await deliver(world.ingress, groupCall())
    await expect.poll(async () => (await record())?.note).toMatch(/could not be listed.*COMETCHAT_API_KEY/)
  })

  it('rings although CometChat had a bad moment', async () => {
    cometchat.groups.set(chess.uid, await registerMembers(1))
    cometchat.order({ status: 503 })
    withKey()
    await deliver(world.ingress, groupCall())
    await world.apns.waitFor(received => received.length === 1)
  })

  // Each of them held one of the places in which calls are handled, and a call to one person came after them all.
  it('holds up no call to one person while CometChat does not answer', async () => {
    const [bob = ''] = await registerMembers(1)
    cometchat.order({ hang: true }, { times: 1_000 })
    withKey()
    const groups = Array.from({ length: 100 }, (_, index) => groupCall({ sessionId: `v1.eu.group-${index}` }))
    await eachOf(groups, 20, group => deliver(world.ingress, group))
    const sentAt = Date.now()
    await deliver(world.ingress, signalledRing({ callee: { uid: bob }, sessionId: 'v1.eu.urgent', sentAt }))
    await world.apns.waitFor(received => received.length === 1)
    expect(Date.now() - sentAt).toBeLessThan(3_000)
  })

  it('rings nobody once it was cancelled while the members were being listed', async () => {
    cometchat.groups.set(chess.uid, await registerMembers(2))
    cometchat.order({ delayMs: 500 })
    withKey()
    await deliver(world.ingress, groupCall())
    await expect.poll(() => cometchat.open).toBe(1)
    const cancel = signalledEnd('cancelled', {
      callee: chess,
      receiverType: 'group',
      sessionId,
      sentAt: Date.now(),
    })
    await deliver(world.ingress, cancel)
    await expect.poll(async () => (await record())?.end?.action).toBe('cancelled')
    await expect.poll(async () => (await record())?.rings.map(ring => ring.state)).toEqual(['ended', 'ended'])
    expect([...world.apns.received, ...world.fcm.received]).toEqual([])
  })
})
