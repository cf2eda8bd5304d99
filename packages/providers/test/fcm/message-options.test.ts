import { expect, onTestFinished } from 'vitest'
import { firstMessage, it, startFcmWorld } from './fcm-world.ts'

it('an FCM message has no label, and waits for the phone to be unlocked, by default', async ({ world }) => {
  await world.sendTo(1)
  const { message } = firstMessage(world)
  expect(Object.keys(message)).not.toContain('fcmOptions')
  expect(Object.keys(message.android)).toEqual(['priority', 'ttl'])
})

it('an FCM message has a label, and reaches a phone that was not unlocked yet, if the settings say so', async () => {
  const world = await startFcmWorld({ config: { analyticsLabel: 'ringer', directBoot: true } })
  onTestFinished(() => world.close())
  expect(await world.sendTo(1)).toMatchObject({ kind: 'accepted' })
  const { message } = firstMessage(world)
  expect(JSON.stringify(message)).toMatch(/"fcm_?[oO]ptions":\{"analytics_?[lL]abel":"ringer"\}/)
  expect(JSON.stringify(message.android)).toMatch(/"direct_?[bB]oot_?[oO]k":true/)
})
