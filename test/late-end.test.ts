import { type FakeCometChat, startFakeCometChat } from '@ringer/fakes'
import { createCometChatApi } from '@ringer/service'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  bob,
  chess,
  meetingAnnounced,
  participantJoined,
  sessionEnded,
} from '../packages/payloads/test/webhooks.ts'
import { deliver, post, register, tokens } from './webhooks.ts'
import { registrationKey, startWorld, type World } from './world.ts'

const tablet = 'the-other-android-phone-of-bob'

let world: World
let cometchat: FakeCometChat
beforeEach(async () => {
  cometchat = await startFakeCometChat()
  world = await startWorld({ app: { ringMeetings: true } })
  cometchat.groups.set(chess.uid, ['alice', 'bob'])
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android, deviceId: 'pixel' })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tablet, deviceId: 'tablet' })
  const { listMembers } = createCometChatApi({ url: cometchat.url, apiKey: cometchat.apiKey })
  world.addWorker({ app: { listMembers, stopOtherDevices: true } })
})
afterEach(async () => {
  await world.close()
  await cometchat.close()
})

const announce = (messageId: string, sentAt: number) =>
  deliver(world.ingress, meetingAnnounced({ messageId, sentAt }))
const told = (callAction: string) => world.fcm.accepted().filter(({ data }) => data.callAction === callAction)
const states = async () =>
  (await world.records.read('default', chess.uid))?.rings
    .toSorted((a, b) => a.receivedAt - b.receivedAt)
    .map(({ state }) => state)

describe('what comes late of a meeting, while the next one of the group rings', () => {
  beforeEach(async () => {
    await announce('1', Date.now() - 20_000)
    await expect.poll(() => told('initiated').length).toBe(2)
    await announce('2', Date.now())
    await expect.poll(() => told('initiated').length).toBe(4)
  })

  it.each([
    ['its end', () => sessionEnded('meeting', { sessionId: chess.uid, at: Date.now() - 12_000 }), 'ended'],
    [
      'who joined it',
      () =>
        participantJoined('meeting', {
          sessionId: chess.uid,
          at: Date.now() - 12_000,
          who: bob,
          platform: 'web',
        }),
      'answered',
    ],
  ])('stops no phone, for both have one session id: %s', async (_, webhook, state) => {
    await deliver(world.ingress, webhook())
    await expect.poll(states).toEqual([state, 'ringing'])
    // The end of the next comes after every stop of the former that was ever going to come.
    await deliver(world.ingress, sessionEnded('meeting', { sessionId: chess.uid, at: Date.now() + 1_000 }))
    const second = told('initiated').at(-1)?.data.uuid
    await expect.poll(() => told('ended').filter(({ data }) => data.uuid === second).length).toBe(2)
    expect(told('ongoing')).toEqual([])
    expect(world.fcm.accepted(tablet).filter(({ data }) => data.callAction === 'ended').length).toBeLessThan(
      3,
    )
    if (state === 'ended') expect(told('ended')).toHaveLength(2)
  })
})

describe('the same phone takes one meeting after the other', () => {
  it('and each time the others are told', async () => {
    const report = () =>
      post(
        `${world.ingress}/api/push/answered`,
        JSON.stringify({ uid: 'bob', sessionId: chess.uid, deviceId: 'pixel' }),
        { 'content-type': 'application/json', authorization: `Bearer ${registrationKey}` },
      )
    await announce('1', Date.now() - 3_000)
    await expect.poll(() => told('initiated').length).toBe(2)
    await report()
    await expect.poll(() => told('ongoing').map(({ token }) => token)).toEqual([tablet])
    await announce('2', Date.now() + 2_000)
    await expect.poll(() => told('initiated').length).toBe(4)
    // CometChat tells the time in whole seconds: a report counts for what was announced in the second of its arrival.
    await expect
      .poll(
        async () => {
          await report()
          return told('ongoing').map(({ token }) => token)
        },
        { timeout: 5_000, interval: 500 },
      )
      .toEqual([tablet, tablet])
  })
})
