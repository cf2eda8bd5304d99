import { createCometChatApi } from '@ringer/service'
import { describe, expect } from 'vitest'
import {
  bob,
  chess,
  meetingAnnounced,
  participantJoined,
  sessionEnded,
} from '../../packages/payloads/test/webhooks.ts'
import { cometchat } from '../fixtures/cometchat.ts'
import { deliver, post, register, tokens } from '../webhooks.ts'
import { registrationKey, type World, it as worldIt } from '../world.ts'

const tablet = 'the-other-android-phone-of-bob'

const it = worldIt
  // On a busy machine, a test may take longer than the usual 30 s of a ring.
  .extend('worldOptions', { ringMs: 60_000, tenant: { ringMeetings: true } })
  .extend('cometchat', cometchat)
  .extend('firstAnnouncedAt', () => Date.now() - 20_000)

it.beforeEach(async ({ world, cometchat }) => {
  cometchat.groups.set(chess.uid, ['alice', 'bob'])
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android, deviceId: 'pixel' })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tablet, deviceId: 'tablet' })
  const { listMembers } = createCometChatApi({ url: cometchat.url, apiKey: cometchat.apiKey })
  world.addWorker({ tenant: { listMembers, stopOtherDevices: true } })
})

const announce = (world: World, messageId: string, sentAt: number) =>
  deliver(world.ingress, meetingAnnounced({ messageId, sentAt }))
const pushes = (world: World, callAction: string) =>
  world.fcm.accepted().filter(({ data }) => data.callAction === callAction)
const states = async (world: World) =>
  (await world.records.read('default', chess.uid))?.rings
    .toSorted((a, b) => a.receivedAt - b.receivedAt)
    .map(({ state }) => state)

describe('a late event of a meeting, while the next meeting of the group rings', () => {
  it.beforeEach(async ({ world, firstAnnouncedAt }) => {
    await announce(world, '1', firstAnnouncedAt)
    await expect.poll(() => pushes(world, 'initiated').length).toBe(2)
    await announce(world, '2', Date.now())
    await expect.poll(() => pushes(world, 'initiated').length).toBe(4)
  })

  it.for([
    ['its end', (at: number) => sessionEnded('meeting', { sessionId: chess.uid, at }), 'ended'],
    [
      'a participant who joined it',
      (at: number) => participantJoined('meeting', { sessionId: chess.uid, at, who: bob, platform: 'web' }),
      'answered',
    ],
  ] as const)(
    'stops no phone, because both meetings have one session id: %s',
    async ([_, webhook, state], { world, firstAnnouncedAt }) => {
      await deliver(world.ingress, webhook(firstAnnouncedAt + 8_000))
      await expect.poll(() => states(world)).toEqual([state, 'ringing'])
      // A stop of the first meeting would arrive before the stops of the second one.
      await deliver(world.ingress, sessionEnded('meeting', { sessionId: chess.uid, at: Date.now() + 1_000 }))
      const second = pushes(world, 'initiated').at(-1)?.data.uuid
      await expect
        .poll(() => pushes(world, 'ended').filter(({ data }) => data.uuid === second).length)
        .toBe(2)
      expect(pushes(world, 'ongoing')).toEqual([])
      expect(
        world.fcm.accepted(tablet).filter(({ data }) => data.callAction === 'ended').length,
      ).toBeLessThan(3)
      if (state === 'ended') expect(pushes(world, 'ended')).toHaveLength(2)
    },
  )
})

describe('a phone that answers one meeting after another', () => {
  it('stops the user’s other phones each time', async ({ world }) => {
    const report = () =>
      post(
        `${world.ingress}/api/push/answered`,
        JSON.stringify({ uid: 'bob', sessionId: chess.uid, deviceId: 'pixel' }),
        { 'content-type': 'application/json', authorization: `Bearer ${registrationKey}` },
      )
    await announce(world, '1', Date.now() - 3_000)
    await expect.poll(() => pushes(world, 'initiated').length).toBe(2)
    await report()
    await expect.poll(() => pushes(world, 'ongoing').map(({ token }) => token)).toEqual([tablet])
    await announce(world, '2', Date.now() + 2_000)
    await expect.poll(() => pushes(world, 'initiated').length).toBe(4)
    // CometChat's times are in whole seconds. A report counts for a meeting announced in the second in which it arrives.
    await expect
      .poll(
        async () => {
          await report()
          return pushes(world, 'ongoing').map(({ token }) => token)
        },
        { timeout: 15_000, interval: 500 },
      )
      .toEqual([tablet, tablet])
  })
})
