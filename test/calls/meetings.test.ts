import { createCometChatApi } from '@ringer/service'
import { describe, expect } from 'vitest'
import {
  meetingAnnounced,
  participantJoined,
  sessionEnded,
  type Webhook,
} from '../../packages/payloads/test/webhooks.ts'
import { cometchat } from '../fixtures/cometchat.ts'
import { basic, deliver } from '../webhooks.ts'
import { itInSharedWorld, login, type World } from '../world.ts'

let groups = 0
let messages = 0

/** A group of Alice and of Bob, who has an Android phone. Every meeting of it has its guid as session id. */
interface Group {
  guid: string
  bob: string
  token: string
}

const it = itInSharedWorld
  .extend('worldOptions', { scope: 'file' }, { tenant: { ringMeetings: true } })
  .extend('cometchat', { scope: 'file' }, cometchat)
  .extend('group', async ({ world, cometchat }): Promise<Group> => {
    groups += 1
    const bob = `bob-${groups}`
    const group = { guid: `chess-club-${groups}`, bob, token: `the-android-phone-of-${bob}` }
    cometchat.groups.set(group.guid, ['alice', bob])
    await world.devices.register(
      { appId: 'default', uid: bob, platform: 'android', kind: 'both', token: group.token },
      Date.now(),
    )
    return group
  })
it.beforeAll(({ world, cometchat: { url, apiKey } }) => {
  const { listMembers } = createCometChatApi({ url, apiKey })
  world.addWorker({ tenant: { listMembers } })
})

/** The message by which a UI Kit announces a meeting. Only its id and time differ between meetings. */
function announced(group: Group, sentAt = Date.now()): Webhook {
  messages += 1
  const webhook = meetingAnnounced()
  const message = webhook.data.message as Record<string, unknown>
  return {
    ...webhook,
    data: {
      message: {
        ...message,
        id: String(messages),
        sentAt: Math.floor(sentAt / 1_000),
        receiver: group.guid,
        conversationId: `group_${group.guid}`,
        data: { customData: { callType: 'video', sessionId: group.guid } },
      },
    },
  }
}

const pushes = (world: World, group: Group, callAction: string) =>
  world.fcm.accepted(group.token).filter(({ data }) => data.callAction === callAction)
const rings = async (world: World, group: Group) =>
  (await world.records.read('default', group.guid))?.rings.toSorted((a, b) => a.receivedAt - b.receivedAt)
const end = async (world: World, group: Group) => (await world.records.read('default', group.guid))?.end

describe('a meeting of a UI Kit', () => {
  it('rings the members once for each message, although the session id never changes', async ({
    world,
    group,
  }) => {
    const first = announced(group)
    await deliver(world.ingress, first)
    await deliver(world.ingress, first)
    await expect.poll(() => pushes(world, group, 'initiated').length).toBe(1)
    await deliver(world.ingress, announced(group))
    await expect.poll(() => pushes(world, group, 'initiated').length).toBe(2)
    const [one, two] = pushes(world, group, 'initiated').map(push => push.data)
    expect(one).toMatchObject({ sessionId: group.guid, receiverType: 'group', callType: 'video' })
    expect(two?.sessionId).toBe(group.guid)
    expect(two?.uuid).not.toBe(one?.uuid)
  })

  it('that Bob had joined and that ended does not keep the next one from ringing him', async ({
    world,
    group,
  }) => {
    const sentAt = Date.now() - 5_000
    await deliver(world.ingress, announced(group, sentAt))
    await expect.poll(() => pushes(world, group, 'initiated').length).toBe(1)
    const who = { uid: group.bob }
    await deliver(
      world.ingress,
      participantJoined('meeting', { sessionId: group.guid, at: sentAt + 1_000, who }),
    )
    await expect.poll(async () => (await rings(world, group))?.[0]?.state).toBe('answered')
    await deliver(world.ingress, sessionEnded('meeting', { sessionId: group.guid, at: sentAt + 2_000 }))
    await expect.poll(async () => (await rings(world, group))?.[0]?.state).toBe('ended')
    await deliver(world.ingress, announced(group))
    await expect.poll(() => pushes(world, group, 'initiated').length).toBe(2)
    await deliver(world.ingress, sessionEnded('meeting', { sessionId: group.guid, at: Date.now() + 1_000 }))
    await expect.poll(() => pushes(world, group, 'ended').length).toBe(2)
    expect((await rings(world, group))?.map(ring => ring.state)).toEqual(['ended', 'ended'])
  })

  // A stranger who knows the session's id could keep any meeting from ringing.
  it('rings although its session ended in the same second as its message, and stops when the session ends later', async ({
    world,
    group,
  }) => {
    const sentAt = Math.floor(Date.now() / 1_000) * 1_000
    const isOver = (at: number) => sessionEnded('meeting', { sessionId: group.guid, at })
    await deliver(world.ingress, isOver(sentAt))
    await deliver(world.ingress, announced(group, sentAt))
    await expect.poll(() => pushes(world, group, 'initiated').length).toBe(1)
    expect(await rings(world, group)).toMatchObject([{ state: 'ringing' }])
    await deliver(world.ingress, isOver(sentAt + 1_000))
    await expect.poll(() => pushes(world, group, 'ended').length).toBe(1)
  })

  // Whoever knows a session's id can open it and leave it. A real end lists the uids of all who were there.
  it('is not ended by a stranger who opens its session and leaves it, and is ended by those who were called', async ({
    world,
    group,
  }) => {
    const sentAt = Math.floor(Date.now() / 1_000) * 1_000 - 5_000
    const isOver = (at: number, ...uids: string[]) =>
      deliver(
        world.ingress,
        sessionEnded('meeting', { sessionId: group.guid, at, who: uids.map(uid => ({ uid })) }),
      )
    await deliver(world.ingress, announced(group, sentAt))
    await expect.poll(() => pushes(world, group, 'initiated').length).toBe(1)
    await isOver(sentAt + 1_000, 'mallory')
    await expect.poll(async () => (await end(world, group))?.at).toBeGreaterThan(0)
    expect(await rings(world, group)).toMatchObject([{ state: 'ringing' }])
    // In the same second as the stranger's.
    await isOver(sentAt + 1_000, 'alice')
    await expect.poll(() => pushes(world, group, 'ended').length).toBe(1)
    expect(pushes(world, group, 'initiated')).toHaveLength(1)
  })

  it('rings although a stranger has ended its session before its message arrived', async ({
    world,
    group,
  }) => {
    const sentAt = Date.now() - 5_000
    const who = [{ uid: 'mallory' }]
    await deliver(world.ingress, sessionEnded('meeting', { sessionId: group.guid, at: sentAt + 1_000, who }))
    await expect.poll(async () => (await end(world, group))?.at).toBeGreaterThan(0)
    await deliver(world.ingress, announced(group, sentAt))
    await expect.poll(() => pushes(world, group, 'initiated').length).toBe(1)
  })

  // Webhooks may arrive in any order.
  it('rings nobody if its end arrives before its message', async ({ world, group }) => {
    const sentAt = Date.now()
    await deliver(world.ingress, sessionEnded('meeting', { sessionId: group.guid, at: sentAt + 1_000 }))
    await deliver(world.ingress, announced(group, sentAt))
    await expect.poll(async () => (await rings(world, group))?.[0]?.state).toBe('ended')
    expect(pushes(world, group, 'initiated')).toEqual([])
  })

  // The custom provider sends one request for each member, and the end may come before all of them.
  it('stops ringing the others when a member who was in the ended session is called after them', async ({
    world,
    group,
  }) => {
    const sentAt = Math.floor(Date.now() / 1_000) * 1_000 - 5_000
    const who = [{ uid: 'carol' }]
    await deliver(world.ingress, sessionEnded('meeting', { sessionId: group.guid, at: sentAt + 1_000, who }))
    await expect.poll(async () => (await end(world, group))?.at).toBeGreaterThan(0)
    const { message } = announced(group, sentAt).data
    const call = (uid: string) =>
      deliver(
        world.ingress,
        {
          trigger: 'push-notification-payload-generated',
          data: {
            to: { uid },
            notificationDetails: { type: 'chat', title: 'Chess club', body: 'Meeting', message },
          },
          webhook: 'custom',
        },
        { path: '/providers/cometchat', headers: { authorization: basic(login) } },
      )
    await call(group.bob)
    await expect.poll(() => pushes(world, group, 'initiated').length).toBe(1)
    await call('carol')
    await expect.poll(() => pushes(world, group, 'ended').length).toBe(1)
    expect((await rings(world, group))?.map(ring => ring.state)).toEqual(['ended', 'ended'])
  })

  it('rings each member that the custom provider names, and is not shown as a chat notification', async ({
    world,
    group,
  }) => {
    const { message } = announced(group).data
    const provider = { path: '/providers/cometchat', headers: { authorization: basic(login) } }
    const webhook = (uid: string) => ({
      trigger: 'push-notification-payload-generated',
      data: {
        to: { uid },
        notificationDetails: { type: 'chat', title: 'Chess club', body: 'Meeting', message },
      },
      webhook: 'custom',
    })
    expect((await deliver(world.ingress, webhook(group.bob), provider)).body.status).toBe('queued')
    expect((await deliver(world.ingress, webhook('alice'), provider)).body.status).toBe('ignored')
    await deliver(world.ingress, { trigger: 'message_sent', data: { message } })
    await expect.poll(() => pushes(world, group, 'initiated').length).toBe(1)
    await expect
      .poll(async () => (await rings(world, group))?.map(ring => ring.recipient))
      .toEqual([group.bob])
    expect(world.fcm.accepted(group.token)).toHaveLength(1)
  })

  it('rings nobody if RINGER_RING_MEETINGS is not set, and says so', async ({ world, group }) => {
    const quiet = await world.addIngress({ tenant: { ringMeetings: false } })
    const answer = await deliver(quiet, announced(group))
    expect(answer.body).toMatchObject({
      status: 'ignored',
      reason: expect.stringContaining('RINGER_RING_MEETINGS=true'),
    })
  })
})
