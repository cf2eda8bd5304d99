import { expect } from 'vitest'
import { deliver, register } from '../webhooks.ts'
import { it as worldIt } from '../world.ts'
import { ask, askInWords, call, phones } from './asking.ts'

const it = worldIt.extend('worldOptions', { stateUrls: true })

it('a push that was accepted is diagnosed at once with what the app told about the phone', async ({
  world,
}) => {
  await register(world.ingress, { ...phones.android, notificationsAllowed: false })
  world.addWorker()
  await deliver(world.ingress, call())
  await expect.poll(async () => (await ask(world)).verdict.code).toBe('accepted')
  expect((await ask(world)).verdict).toMatchObject({ because: 'notifications-off' })
  expect(await askInWords(world)).toMatch(
    /accepted: The provider accepted the push\..* What the app told about this phone: the user does not let the app show notifications/,
  )
  expect(await askInWords(world)).toMatch(/fix: Have the app ask for the permission POST_NOTIFICATIONS/)
})
