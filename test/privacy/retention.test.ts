import { Queue } from 'bullmq'
import { expect } from 'vitest'
import {
  providerChat,
  signalledEnd,
  signalledRing,
  type Webhook,
} from '../../packages/payloads/test/webhooks.ts'
import { searchRedis } from '../fixtures/search-redis.ts'
import { basic, deliver } from '../webhooks.ts'
import { it, login, type World } from '../world.ts'

const NAMES = ['Zenobia', 'Quillon']
const TEXT = 'kaleidoscope'
const WORDS = [...NAMES, TEXT]

/** Long enough for a call and its missed call on a busy machine. */
const KEPT_MS = 4_000

const sessionId = 'v1.eu.retention'
const line = () => ({
  sessionId,
  caller: { uid: 'alice', name: 'Zenobia' },
  callee: { uid: 'bob', name: 'Quillon' },
  sentAt: Date.now(),
})

function chat(): Webhook {
  const webhook = providerChat()
  const { message, ...details } = webhook.data.notificationDetails as Record<string, unknown>
  const texts = { title: 'Zenobia', senderName: 'Zenobia', body: TEXT, sentAt: String(Date.now()) }
  return { ...webhook, data: { to: { uid: 'bob' }, notificationDetails: { ...details, ...texts } } }
}

async function registerPhones(world: World) {
  const bobs = { appId: 'default', uid: 'bob' }
  const voip = 'a1'.repeat(32)
  const alert = 'b2'.repeat(32)
  const android = 'the-android-phone-of-bob'
  await world.devices.register({ ...bobs, platform: 'ios', kind: 'voip', token: voip }, Date.now())
  await world.devices.register({ ...bobs, platform: 'ios', kind: 'alert', token: alert }, Date.now())
  await world.devices.register({ ...bobs, platform: 'android', kind: 'both', token: android }, Date.now())
  return { voip, alert, android }
}

// BullMQ removes old jobs only when another one is done, so the last names and texts before a quiet time stayed for good.
it('leaves no name and no text in Redis after its time, although nothing else arrives', async ({ world }) => {
  const phones = await registerPhones(world)
  const retention = { callRecordMs: KEPT_MS, lookEveryMs: 100 }
  world.addWorker({ tenant: { missedCall: {} }, retention })
  const find = () => searchRedis(world.reader, world.prefix, WORDS)

  await deliver(world.ingress, signalledRing(line()))
  await expect.poll(() => world.apns.accepted(phones.voip).length, { timeout: 5_000 }).toBe(1)
  expect(await find()).not.toEqual([])
  await deliver(world.ingress, signalledEnd('unanswered', line()))
  await deliver(world.ingress, chat(), {
    path: '/providers/cometchat',
    headers: { authorization: basic(login) },
  })
  await expect.poll(() => world.apns.accepted(phones.alert).length, { timeout: 5_000 }).toBe(2)
  const queue = new Queue('calls', { connection: world.reader, prefix: world.prefix })
  await queue.add('ring', { event: { kind: 'unreadable', caller: { name: 'Zenobia' } } })
  await expect.poll(() => queue.getFailedCount(), { timeout: 5_000 }).toBe(1)
  expect((await find()).filter(key => key.includes(':calls:'))).not.toEqual([])

  await expect.poll(find, { timeout: KEPT_MS + 5_000 }).toEqual([])
  await queue.close()
})

it('keeps no content of a push that was sent: only its id, for a minute, to recognise it', async ({
  world,
}) => {
  const phones = await registerPhones(world)
  world.addWorker()
  const webhook = chat()
  const provider = { path: '/providers/cometchat', headers: { authorization: basic(login) } }
  await deliver(world.ingress, webhook, provider)
  await expect.poll(() => world.apns.accepted(phones.alert).length, { timeout: 5_000 }).toBe(1)
  await expect.poll(() => world.fcm.accepted(phones.android).length, { timeout: 5_000 }).toBe(1)
  await expect.poll(() => searchRedis(world.reader, world.prefix, WORDS)).toEqual([])
})
