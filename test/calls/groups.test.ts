import { setTimeout as delay } from 'node:timers/promises'
import type { FakeCometChat } from '@ringer/fakes/cometchat'
import type { PushSender } from '@ringer/providers/senders'
import { createCometChatApi } from '@ringer/service'
import { pushQueueName } from '@ringer/store'
import { Queue } from 'bullmq'
import { describe, expect } from 'vitest'
import {
  chess,
  initiatorRing,
  providerCall,
  signalledEnd,
  signalledRing,
} from '../../packages/payloads/test/webhooks.ts'
import { cometchat } from '../fixtures/cometchat.ts'
import { hasRealRedis } from '../fixtures/describe-with-redis-server.ts'
import { basic, deliver, eachOf } from '../webhooks.ts'
import { login, type World, it as worldIt } from '../world.ts'

const sessionId = 'v1.eu.group-call'
const groupCall = (call: Parameters<typeof signalledRing>[0] = {}) =>
  signalledRing({ callee: chess, receiverType: 'group', sessionId, sentAt: Date.now(), ...call })
// A token of zeros is no phone's.
const token = (index: number) => (index + 1).toString(16).padStart(64, '0')
const androidToken = (index: number) => `fcm-registration-token-of-member-${index}`

const it = worldIt
  // This one process handles a thousand requests and everything that follows from them. So Redis may take longer, and on a
  // busy machine so may the rings: a ring that is late is not sent.
  .extend('worldOptions', { ringMs: 120_000, ingress: { storeLimitMs: 5_000 } })
  .extend('cometchat', cometchat)

function addWorkerWithKey(world: World, { url, apiKey }: FakeCometChat) {
  const { listMembers } = createCometChatApi({ url, apiKey })
  return world.addWorker({ tenant: { listMembers } })
}

/** Registers members, the first with an iPhone, the next with an Android phone, and so on in turn. */
async function registerMembers(world: World, count: number): Promise<string[]> {
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

/** A provider in memory that accepts every push after 50 ms, with room for so many at once. */
function tightSender(room: number): PushSender & { sent(): number } {
  let [underWay, sent] = [0, 0]
  return {
    async send(_push, commit) {
      underWay += 1
      sent += 1
      await commit()
      await delay(50)
      underWay -= 1
      return { kind: 'accepted', status: 200 }
    },
    hasRoom: (_device, rings = 1) => underWay + rings <= room,
    isReachable: () => true,
    close: async () => {},
    sent: () => sent,
  }
}

const record = (world: World) => world.records.read('default', sessionId)

describe('a call to a group', () => {
  it.for([
    ['the documented dialect', () => groupCall()],
    ["the recipes' dialect", () => initiatorRing({ callee: chess, receiverType: 'group', sessionId })],
  ] as const)(
    'rings each member except the caller once, in %s',
    async ([_, webhook], { world, cometchat }) => {
      cometchat.groups.set(chess.uid, ['alice', ...(await registerMembers(world, 3))])
      await world.devices.register(
        { appId: 'default', uid: 'alice', platform: 'ios', kind: 'voip', token: token(99) },
        Date.now(),
      )
      addWorkerWithKey(world, cometchat)
      const first = webhook()
      await deliver(world.ingress, first)
      await deliver(world.ingress, first)
      await world.apns.waitFor(received => received.length === 2)
      await world.fcm.waitFor(received => received.length === 1)
      await expect.poll(async () => (await record(world))?.rings.length).toBe(3)
      expect(world.apns.received.map(push => push.token).sort()).toEqual([token(0), token(2)])
      expect(world.apns.received[0]?.data).toMatchObject({
        receiver: chess.uid,
        receiverType: 'group',
        receiverName: chess.name,
        conversationId: `group_${chess.uid}`,
        senderUid: 'alice',
      })
    },
  )

  // The embedded Redis, which runs in this process, is too slow for this.
  const thousand = `rings a thousand members once each, although two feeds report the call${hasRealRedis ? '' : ' (skipped: no real Redis)'}`
  it.runIf(hasRealRedis)(thousand, { timeout: 150_000 }, async ({ world, cometchat }) => {
    const members = await registerMembers(world, 1_000)
    cometchat.groups.set(chess.uid, members)
    addWorkerWithKey(world, cometchat)
    addWorkerWithKey(world, cometchat)
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
    const patience = { timeoutMs: 90_000 }
    await world.apns.waitFor(received => received.length >= 500, patience)
    await world.fcm.waitFor(received => received.length >= 500, patience)
    // A second push of this call would arrive before the pushes of a later call.
    await deliver(
      world.ingress,
      signalledRing({ callee: { uid: 'member-0' }, sessionId: 'v1.eu.later', sentAt: Date.now() }),
    )
    await world.apns.waitFor(
      received => received.some(push => push.data.sessionId === 'v1.eu.later'),
      patience,
    )
    const settled = async () =>
      (await record(world))?.rings
        .flatMap(ring => ring.devices)
        .every(({ outcome }) => outcome === 'accepted')
    await expect.poll(settled, { timeout: patience.timeoutMs, interval: 250 }).toBe(true)
    const call = await record(world)
    expect(call?.rings).toHaveLength(1_000)
    const pushes = [...world.apns.received, ...world.fcm.received].filter(
      ({ data }) => data.sessionId === sessionId,
    )
    for (const ring of call?.rings ?? []) {
      expect(ring.devices).toHaveLength(1)
      const index = Number(ring.recipient.split('-')[1])
      const own = index % 2 === 0 ? token(index) : androidToken(index)
      const rung = pushes.filter(push => push.accepted && push.token === own)
      // On a busy machine an attempt may get no answer in time and be repeated with the same ids. It is still one ring.
      expect(rung.length).toBeGreaterThanOrEqual(1)
      expect(rung.length).toBeLessThanOrEqual(ring.devices[0]?.attempt ?? 0)
      expect(new Set(rung.map(({ headers, data }) => headers['apns-id'] ?? data.uuid)).size).toBe(1)
    }
  })

  // Claims that were under way at once found the same room, so 40 phones were moved. Each move costs as much as six pushes.
  it('moves hardly any phone to the queue of a provider that has room for 60 of 100', async ({
    world,
    cometchat,
    onTestFinished,
  }) => {
    const members = (await registerMembers(world, 200)).filter((_, index) => index % 2 === 1)
    cometchat.groups.set(chess.uid, members)
    const { listMembers } = createCometChatApi(cometchat)
    const fcm = tightSender(60)
    const queue = new Queue(pushQueueName('fcm'), { connection: world.reader, prefix: world.prefix })
    onTestFinished(() => queue.close())
    // What is moved stays there.
    await queue.pause()
    world.addWorker({ tenant: { listMembers, senders: new Map([['fcm', fcm]]) } })
    await deliver(world.ingress, groupCall())
    let moved = 0
    await expect
      .poll(async () => {
        const counts = await queue.getJobCounts('wait', 'prioritized', 'delayed')
        moved = Object.values(counts).reduce((sum, count) => sum + count, 0)
        return moved + fcm.sent()
      })
      .toBe(members.length)
    expect(moved).toBeLessThan(members.length / 10)
  })

  it('records what to configure if there is no API key', async ({ world }) => {
    world.addWorker()
    await deliver(world.ingress, groupCall())
    await expect
      .poll(async () => (await record(world))?.note)
      .toMatch(/COMETCHAT_API_KEY.*custom push provider/)
    expect(world.apns.received).toEqual([])
  })

  it('rings the members that the custom provider names if there is no API key', async ({ world }) => {
    const [first = ''] = await registerMembers(world, 1)
    world.addWorker()
    const call = { callee: chess, receiverType: 'group', sessionId, sentAt: Date.now() } as const
    const provider = { path: '/providers/cometchat', headers: { authorization: basic(login) } }
    await deliver(world.ingress, providerCall('initiated', { ...call, to: { uid: first } }), provider)
    await world.apns.waitFor(received => received.length === 1)
  })

  it('records that CometChat refuses the API key', async ({ world, cometchat }) => {
    const { listMembers } = createCometChatApi({ url: cometchat.url, apiKey: 'not-the-key' })
    world.addWorker({ tenant: { listMembers } })
    await deliver(world.ingress, groupCall())
    await expect
      .poll(async () => (await record(world))?.note)
      .toMatch(/could not be listed.*COMETCHAT_API_KEY/)
  })

  it('rings although CometChat answers 503 once', async ({ world, cometchat }) => {
    cometchat.groups.set(chess.uid, await registerMembers(world, 1))
    cometchat.order({ status: 503 })
    addWorkerWithKey(world, cometchat)
    await deliver(world.ingress, groupCall())
    await world.apns.waitFor(received => received.length === 1)
  })

  // Each group used to occupy one of the slots in which calls are handled, so a call to one person waited for them all.
  it('does not delay calls to one person while CometChat does not answer', async ({ world, cometchat }) => {
    const [bob = ''] = await registerMembers(world, 1)
    cometchat.order({ hang: true }, { times: 1_000 })
    addWorkerWithKey(world, cometchat)
    const groups = Array.from({ length: 100 }, (_, index) => groupCall({ sessionId: `v1.eu.group-${index}` }))
    await eachOf(groups, 20, group => deliver(world.ingress, group))
    const sentAt = Date.now()
    await deliver(world.ingress, signalledRing({ callee: { uid: bob }, sessionId: 'v1.eu.urgent', sentAt }))
    await world.apns.waitFor(received => received.length === 1)
    expect(Date.now() - sentAt).toBeLessThan(3_000)
  })

  it('rings nobody if it is cancelled while its members are being listed', async ({ world, cometchat }) => {
    cometchat.groups.set(chess.uid, await registerMembers(world, 2))
    // CometChat may take up to 2 s.
    cometchat.order({ delayMs: 1_500 })
    addWorkerWithKey(world, cometchat)
    await deliver(world.ingress, groupCall())
    await expect.poll(() => cometchat.open).toBe(1)
    const cancel = signalledEnd('cancelled', {
      callee: chess,
      receiverType: 'group',
      sessionId,
      sentAt: Date.now(),
    })
    await deliver(world.ingress, cancel)
    await expect.poll(async () => (await record(world))?.end?.action).toBe('cancelled')
    await expect
      .poll(async () => (await record(world))?.rings.map(ring => ring.state))
      .toEqual(['ended', 'ended'])
    expect([...world.apns.received, ...world.fcm.received]).toEqual([])
  })
})
