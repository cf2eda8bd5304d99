import { type FakeCometChat, startFakeCometChat } from '@ringer/fakes/cometchat'
import { createCometChatApi, loginOf } from '@ringer/service'
import { expect, it as test } from 'vitest'

const it = test.extend<{ fake: FakeCometChat }>({
  fake: async ({ task: _ }, use) => {
    const fake = await startFakeCometChat()
    await use(fake)
    await fake.close()
  },
})

const tokenOf = (number: number) => `bob_1630306819${String(number).padStart(6, '0')}`

/** Logs Bob in so often. */
function logIn({ authTokens }: FakeCometChat, count: number) {
  for (let number = 1; number <= count; number += 1) authTokens.set(tokenOf(number), 'bob')
}

it('the check of logins finds those that CometChat does not list, on whatever page the others are', async ({
  fake,
}) => {
  logIn(fake, 250)
  fake.authTokens.set('carol_1630306819000001', 'carol')
  const { logins } = createCometChatApi(fake)
  const own = [1, 250, 251].map(number => loginOf(tokenOf(number)))
  expect(await logins.findEnded('bob', own)).toEqual([loginOf(tokenOf(251))])
  expect(fake.requests).toHaveLength(3)
})

it('the check of logins finds all logins of a user who was logged out everywhere', async ({ fake }) => {
  const { logins } = createCometChatApi(fake)
  expect(await logins.findEnded('bob', [loginOf(tokenOf(1))])).toEqual([loginOf(tokenOf(1))])
})

it.for<[string, (fake: FakeCometChat) => void]>([
  ['has more logins than are listed', fake => logIn(fake, 501)],
  ['cannot be asked about', fake => fake.order({ status: 503 })],
  ['has a list that is cut short', fake => fake.order({ status: 200, body: listOf([], 7) })],
  ['has a list without a total', fake => fake.order({ status: 200, body: '{"data":[]}' })],
  ['has a list of something else', fake => fake.order({ status: 200, body: listOf([{ uid: 'bob' }], 1) })],
])('the check of logins finds none of a user who %s', async ([, prepare], { fake }) => {
  prepare(fake)
  const { logins } = createCometChatApi(fake)
  expect(await logins.findEnded('bob', [loginOf('bob_1999999999aaaaaa')])).toEqual([])
})

const listOf = (data: object[], total: number) => JSON.stringify({ data, meta: { pagination: { total } } })

it('the check of logins is due once in five minutes for each user, and never for a uid that is a path', async ({
  fake,
}) => {
  let now = Date.now()
  const { logins } = createCometChatApi(fake, () => now)
  expect(logins.isDue('bob')).toBe(true)
  await logins.findEnded('bob', [])
  expect([logins.isDue('bob'), logins.isDue('carol'), logins.isDue('..')]).toEqual([false, true, false])
  now += 5 * 60_000 + 1
  expect(logins.isDue('bob')).toBe(true)
})

it('the check of logins leaves at least half of the requests for listing group members', async ({ fake }) => {
  const { logins } = createCometChatApi({ ...fake, requestsPerMinute: 10 }, () => 1_630_306_800_000)
  for (let user = 1; user <= 8; user += 1) await logins.findEnded(`user-${user}`, [])
  expect(fake.requests).toHaveLength(5)
})
