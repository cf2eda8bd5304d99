import { createCometChatApi } from '@ringer/service'
import { expect } from 'vitest'
import {
  initiatorRing,
  type Person,
  providerCall,
  providerChat,
  providerMeeting,
  receivedRing,
  signalledEnd,
  signalledRing,
  type Webhook,
} from '../../packages/payloads/test/webhooks.ts'
import { cometchat } from '../fixtures/cometchat.ts'
import { describeWithRedisServer } from '../fixtures/describe-with-redis-server.ts'
import { monitorRedis } from '../fixtures/monitor-redis.ts'
import { searchRedis } from '../fixtures/search-redis.ts'
import { basic, deliver } from '../webhooks.ts'
import { login, type World, it as worldIt } from '../world.ts'

/** Words that are in names, pictures and texts only. */
const WORDS = ['Zenobia', 'Quillon', 'Tamburlaine', 'kaleidoscope', 'pictures.example.com']

const picture = 'https://pictures.example.com/secret.webp'
const alice: Person = { uid: 'alice', name: 'Zenobia', avatar: picture }
const bob: Person = { uid: 'bob', name: 'Quillon', avatar: picture }
const group: Person = { uid: 'chess-club', name: 'Tamburlaine', avatar: picture }
const tokens = { voip: 'a1'.repeat(32), alert: 'b2'.repeat(32), android: 'the-android-phone-of-bob' }

const called = (sessionId: string) => ({ sessionId, caller: alice, callee: bob, sentAt: Date.now() })
const toGroup = (sessionId: string) => ({
  ...called(sessionId),
  callee: group,
  receiverType: 'group' as const,
})

/** Calls in every dialect, each in a session of its own, to Bob or to a group of his. */
const rings = (): Webhook[] => [
  signalledRing(called('v1.eu.signalled')),
  initiatorRing(called('v1.eu.initiator')),
  receivedRing(called('v1.eu.received')),
  providerCall('initiated', { ...called('v1.eu.provider'), to: bob }),
  providerCall('initiated', { ...toGroup('v1.eu.provider-group'), to: bob }),
  signalledRing(toGroup('v1.eu.group')),
  providerMeeting({ caller: alice, callee: group, to: bob, sentAt: Date.now() }),
]

const chat = (text: string, tag: string | undefined): Webhook =>
  providerChat({
    to: bob,
    details: {
      ...{ title: 'Zenobia', body: `kaleidoscope ${text}`, senderName: 'Zenobia', senderAvatar: picture },
      ...{ receiverName: 'Quillon', receiverAvatar: picture, tag, sentAt: String(Date.now()) },
      message: { id: '1', data: { text: 'kaleidoscope' } },
      custom: { greeting: 'kaleidoscope' },
    },
  })

const it = worldIt.extend('cometchat', cometchat)

const send = ({ ingress }: World, webhook: Webhook) =>
  deliver(ingress, webhook, {
    path: webhook.webhook === 'custom' ? '/providers/cometchat' : '/webhooks/cometchat',
    headers: { authorization: basic(login) },
  })

async function registerPhones({ devices }: World) {
  const usual = { appId: 'default', uid: 'bob' }
  await devices.register({ ...usual, platform: 'ios', kind: 'voip', token: tokens.voip }, Date.now())
  await devices.register({ ...usual, platform: 'ios', kind: 'alert', token: tokens.alert }, Date.now())
  await devices.register({ ...usual, platform: 'android', kind: 'both', token: tokens.android }, Date.now())
}

/** Sends calls, a missed one among them, and messages, and waits until all of the pushes have arrived. */
async function pushEverything(world: World) {
  const all = rings()
  for (const webhook of all) expect((await send(world, webhook)).body.status).toBe('queued')
  await world.apns.waitFor(() => world.apns.acceptedCount(tokens.voip) === all.length)
  await world.fcm.waitFor(received => received.length === all.length)
  await send(world, signalledEnd('unanswered', called('v1.eu.signalled')))
  // Two messages without an id, of the same moment, are still two.
  for (const webhook of [chat('first', 'tag-1'), chat('second', undefined), chat('third', undefined)])
    expect((await send(world, webhook)).body.status).toBe('queued')
  await world.apns.waitFor(() => world.apns.acceptedCount(tokens.alert) === 4)
  await world.fcm.waitFor(received => received.length === all.length + 5)
}

const pushesOf = ({ apns, fcm }: World) =>
  [...apns.received, ...fcm.received].map(({ body }) => JSON.stringify(body))

describeWithRedisServer('RINGER_PUSH_CONTENT', () => {
  it.extend('worldOptions', { tenant: { pushContent: 'ids', ringMeetings: true } })(
    'with ids, keeps names, pictures and texts out of every push and every command to Redis',
    async ({ world, redis, cometchat }) => {
      cometchat.groups.set(group.uid, ['alice', 'bob'])
      await registerPhones(world)
      const { listMembers } = createCometChatApi(cometchat)
      world.addWorker({ tenant: { listMembers, missedCall: {} } })
      const monitor = await monitorRedis(redis.url)
      await pushEverything(world)
      monitor.close()

      expect(monitor.with('v1.eu.signalled')).not.toEqual([])
      expect(monitor.with('chess-club')).not.toEqual([])
      for (const word of WORDS) {
        expect(monitor.with(word), word).toEqual([])
        expect(pushesOf(world).filter(push => push.includes(word))).toEqual([])
      }
      expect(await searchRedis(world.reader, world.prefix, WORDS)).toEqual([])
    },
  )

  // Otherwise the test above would pass if the words were in no webhook.
  it.extend('worldOptions', { tenant: { ringMeetings: true } })(
    'with full, has names, pictures and texts in Redis and in pushes',
    async ({ world, redis, cometchat }) => {
      cometchat.groups.set(group.uid, ['alice', 'bob'])
      await registerPhones(world)
      const { listMembers } = createCometChatApi(cometchat)
      world.addWorker({ tenant: { listMembers, missedCall: {} } })
      const monitor = await monitorRedis(redis.url)
      await pushEverything(world)
      monitor.close()
      for (const word of WORDS) {
        expect(monitor.with(word), word).not.toEqual([])
        expect(pushesOf(world).join(' ')).toContain(word)
      }
    },
  )
})

it.extend('worldOptions', { tenant: { pushContent: 'ids' } })(
  'with RINGER_PUSH_CONTENT=ids, phones get what they need to ring and to ask for the rest',
  async ({ world }) => {
    await registerPhones(world)
    world.addWorker()
    await send(world, signalledRing({ ...called('v1.eu.ids'), callType: 'video' }))
    await send(world, chat('once', 'tag-1'))
    await world.apns.waitFor(received => received.length === 2)
    await world.fcm.waitFor(received => received.length === 2)

    const ids = { sessionId: 'v1.eu.ids', callType: 'video', callerUid: 'alice', receiver: 'bob' }
    const shown = { callerName: 'alice', receiverName: 'bob', handle: 'alice', title: 'alice' }
    expect(world.apns.accepted(tokens.voip)[0]?.data).toMatchObject({ ...ids, ...shown, hasVideo: true })
    const [ring, message] = ['initiated', undefined].map(callAction =>
      world.fcm.accepted(tokens.android).find(({ data }) => data.callAction === callAction),
    )
    expect(ring?.data).toMatchObject({ ...ids, ...shown, hasVideo: 'true' })
    const asks = { type: 'chat', sender: 'alice', receiver: 'bob', tag: 'tag-1', unreadMessageCount: '5' }
    expect(message?.data).toEqual({
      ...asks,
      receiverType: 'user',
      conversationId: expect.any(String),
      sentAt: expect.any(String),
    })
    expect(world.apns.accepted(tokens.alert)[0]?.data).toMatchObject({
      ...asks,
      aps: { alert: { title: 'New message', body: '' }, badge: 5, 'mutable-content': 1 },
    })
  },
)

it.extend('worldOptions', { tenant: { pushContent: 'ids' } })(
  'with RINGER_PUSH_CONTENT=ids, a message that CometChat sends again is recognised',
  async ({ world }) => {
    const webhook = chat('once', undefined)
    expect((await send(world, webhook)).body.status).toBe('queued')
    expect((await send(world, webhook)).body.status).toBe('duplicate')
  },
)
