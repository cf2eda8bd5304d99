import { expect } from 'vitest'
import { DEFAULT_SESSION_ID, deliver, initiated, register, tokens } from '../webhooks.ts'
import { it } from '../world.ts'

it('a phone whose tokens were refreshed rings once, on its new token (F50)', async ({ world }) => {
  const iphone = { uid: 'bob', platform: 'ios', deviceId: 'iphone' }
  const android = { uid: 'bob', platform: 'android', deviceId: 'pixel' }
  await register(world.ingress, { ...iphone, token: 'b2'.repeat(32) })
  await register(world.ingress, { ...iphone, kind: 'alert', token: 'c3'.repeat(32) })
  await register(world.ingress, { ...android, token: 'fcm-registration-token:APA91bBob_former' })
  await register(world.ingress, { ...iphone, token: tokens.iphone })
  await register(world.ingress, { ...android, token: tokens.android })
  expect((await world.devices.list('default', 'bob')).map(({ kind }) => kind).sort()).toEqual([
    ...['alert', 'both', 'voip'],
  ])

  world.addWorker()
  await deliver(world.ingress, initiated())
  await expect
    .poll(async () => (await world.records.read('default', DEFAULT_SESSION_ID))?.rings[0]?.devices)
    .toMatchObject([{ outcome: 'accepted' }, { outcome: 'accepted' }])
  expect(world.apns.received.map(({ token }) => token)).toEqual([tokens.iphone])
  expect(world.fcm.received.map(({ token }) => token)).toEqual([tokens.android])
})

it('an Android phone that moved from its registration token to its installation id rings once, by the id', async ({
  world,
}) => {
  const fid = 'cB7nC0_x2kQ-9LmZr4T1aS'
  await register(world.ingress, { uid: 'bob', platform: 'android', token: `${fid}:APA91bBob` })
  await register(world.ingress, { uid: 'bob', platform: 'android', fid })
  world.addWorker()
  await deliver(world.ingress, initiated())
  await expect
    .poll(async () => (await world.records.read('default', DEFAULT_SESSION_ID))?.rings[0]?.devices)
    .toMatchObject([{ outcome: 'accepted' }])
  expect(world.fcm.received.map(({ body }) => body)).toMatchObject([{ message: { fid } }])
})
