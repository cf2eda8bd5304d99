import { type FakeCometChat, startFakeCometChat } from '@ringer/fakes'
import { createCometChatApi } from '@ringer/service'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  meetingAnnounced,
  participantJoined,
  sessionEnded,
  type Webhook,
} from '../packages/payloads/test/webhooks.ts'
import { basic, deliver } from './webhooks.ts'
import { login, startWorld, type World } from './world.ts'

let world: World
let cometchat: FakeCometChat
let groups = 0
let messages = 0

beforeAll(async () => {
  cometchat = await startFakeCometChat()
  world = await startWorld({ app: { ringMeetings: true } })
  const { listMembers } = createCometChatApi({ url: cometchat.url, apiKey: cometchat.apiKey })
  world.addWorker({ app: { listMembers } })
})
afterAll(async () => {
  await world.close()
  await cometchat.close()
})

/** A group with Alice, and Bob, who has an Android phone; its meetings have its guid for a session id, for ever. */
let group: { guid: string; bob: string; token: string }
beforeEach(async () => {
  groups += 1
  group = { guid: `chess-club-${groups}`, bob: `bob-${groups}`, token: `the-android-phone-of-bob-${groups}` }
  cometchat.groups.set(group.guid, ['alice', group.bob])
  await world.devices.register(
    { appId: 'default', uid: group.bob, platform: 'android', kind: 'both', token: group.token },
    Date.now(),
  )
})

/** The message by which the UI Kit announces a meeting, of which `id` is the only thing that changes. */
function announced({ sentAt = Date.now() } = {}): Webhook {
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

const pushes = (callAction: string) =>
  world.fcm.accepted(group.token).filter(({ data }) => data.callAction === callAction)
const rings = async () =>
  (await world.records.read('default', group.guid))?.rings.toSorted((a, b) => a.receivedAt - b.receivedAt)

describe('a meeting of a UI Kit', () => {
  it('rings the members once for each message, although the session id never changes', async () => {
    const first = announced()
    await deliver(world.ingress, first)
    await deliver(world.ingress, first)
    await expect.poll(() => pushes('initiated').length).toBe(1)
    await deliver(world.ingress, announced())
    await expect.poll(() => pushes('initiated').length).toBe(2)
    const [one, two] = pushes('initiated').map(push => push.data)
    expect(one).toMatchObject({ sessionId: group.guid, receiverType: 'group', callType: 'video' })
    expect(two?.sessionId).toBe(group.guid)
    expect(two?.uuid).not.toBe(one?.uuid)
  })

  it('that ended, and that Bob was in, rings him when the next is announced', async () => {
    const sentAt = Date.now() - 5_000
    await deliver(world.ingress, announced({ sentAt }))
    await expect.poll(() => pushes('initiated').length).toBe(1)
    const who = { uid: group.bob }
    await deliver(
      world.ingress,
      participantJoined('meeting', { sessionId: group.guid, at: sentAt + 1_000, who }),
    )
    await expect.poll(async () => (await rings())?.[0]?.state).toBe('answered')
    await deliver(world.ingress, sessionEnded('meeting', { sessionId: group.guid, at: sentAt + 2_000 }))
    await expect.poll(async () => (await rings())?.[0]?.state).toBe('ended')
    await deliver(world.ingress, announced())
    await expect.poll(() => pushes('initiated').length).toBe(2)
    await deliver(world.ingress, sessionEnded('meeting', { sessionId: group.guid, at: Date.now() + 1_000 }))
    await expect.poll(() => pushes('ended').length).toBe(2)
    expect((await rings())?.map(ring => ring.state)).toEqual(['ended', 'ended'])
  })

  it('rings each member whom the custom provider tells of, and is no chat notification then', async () => {
    const { message } = announced().data
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
    await expect.poll(() => pushes('initiated').length).toBe(1)
    await expect.poll(async () => (await rings())?.map(ring => ring.recipient)).toEqual([group.bob])
    expect(world.fcm.accepted(group.token)).toHaveLength(1)
  })

  it('rings nobody where RINGER_RING_MEETINGS is not set, and says so', async () => {
    const quiet = await world.addIngress({ app: { ringMeetings: false } })
    const answer = await deliver(quiet, announced())
    expect(answer.body).toMatchObject({
      status: 'ignored',
      reason: expect.stringContaining('RINGER_RING_MEETINGS=true'),
    })
  })
})
