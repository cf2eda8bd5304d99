import type { GroupEvent } from '@ringer/payloads'
import { createCallQueue } from '@ringer/store'
import { expect, onTestFinished } from 'vitest'
import { ringEvent } from '../../packages/payloads/test/ring-events.ts'
import { tokens } from '../webhooks.ts'
import { it } from '../world.ts'

/** More than a worker rings at once. */
const YIELDING = 8

const groupCall = (sessionId: string, uid: string): GroupEvent => {
  const { recipient: _, ...call } = ringEvent({ sessionId, sentAt: Date.now() })
  return { ...call, kind: 'group', receiver: { uid, type: 'group' } }
}

// All places for groups were taken by the calls of one caller, and the groups of others waited.
it('groups whose caller exceeded their share are rung one at a time, and leave places to other groups', async ({
  world,
}) => {
  await world.devices.register(
    { appId: 'default', uid: 'bob', platform: 'android', kind: 'both', token: tokens.android },
    Date.now(),
  )
  const queue = createCallQueue(world.reader, world.prefix, {
    isOver: ({ event }) => event.kind === 'group' && event.receiver.uid === 'flooded',
  })
  onTestFinished(() => queue.close())
  const enqueue = (sessionId: string, uid: string) => {
    const receivedAt = Date.now()
    const event = groupCall(sessionId, uid)
    return queue.enqueue({ appId: 'default', event, receivedAt, deadline: receivedAt + 30_000 })
  }

  const release = Promise.withResolvers<void>()
  let inHand = 0
  let most = 0
  const listMembers = async (group: string) => {
    if (group === 'flooded') {
      inHand += 1
      most = Math.max(most, inHand)
      await release.promise
      inHand -= 1
    }
    return { ok: true as const, uids: ['bob'], more: 0 }
  }
  for (let number = 0; number < YIELDING; number += 1) await enqueue(`v1.eu.flood-${number}`, 'flooded')
  world.addWorker({ tenant: { listMembers } })
  await expect.poll(() => inHand).toBe(1)
  await enqueue('v1.eu.choir', 'choir')
  await expect
    .poll(() => world.fcm.accepted(tokens.android).map(({ data }) => data.sessionId))
    .toEqual(['v1.eu.choir'])
  release.resolve()
  await expect.poll(() => world.fcm.acceptedCount(tokens.android), { timeout: 15_000 }).toBe(YIELDING + 1)
  expect(most).toBe(1)
})
