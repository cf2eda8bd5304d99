import { type FakeCometChat, startFakeCometChat } from '@ringer/fakes/cometchat'
import { type CometChatApi, createCometChatApi } from '@ringer/service'
import { afterEach, beforeEach, expect, it } from 'vitest'

/** What one answer of CometChat, or of somebody in its place, can cost. */

let fake: FakeCometChat
let elsewhere: FakeCometChat
let api: CometChatApi

beforeEach(async () => {
  fake = await startFakeCometChat()
  elsewhere = await startFakeCometChat({ groups: new Map([['team', ['mallory']]]) })
  api = createCometChatApi(fake)
  return () => elsewhere.close()
})
afterEach(() => fake.close())

const caller = { address: '192.0.2.1', isSuspect: false, hasPhones: async () => false }

const list = () => api.listMembers('team', Date.now() + 10_000)
const people = (count: number) => Array.from({ length: count }, (_, index) => ({ uid: `user-${index}` }))

it('an answer that never ends is cut off after 1 MB', async () => {
  fake.groups.set('team', ['bob'])
  fake.authTokens.set('opaque', 'bob')
  fake.order({ floodBody: true }, { times: 2 })
  // If the limit of 2 s ended the answers, it would be the reason.
  const reason = expect.stringContaining('larger than 1 MB')
  await expect(list()).resolves.toMatchObject({ ok: false, retryable: true, reason })
  await expect(api.checkAuthToken('opaque', 'bob', caller)).resolves.toMatchObject({
    kind: 'unavailable',
    reason,
  })
  await expect.poll(() => fake.open).toBe(0)
})

it('an answer of 1 MB is read', async () => {
  const body = JSON.stringify({ data: people(1) }).padEnd(1_000_000)
  fake.order({ status: 200, body })
  await expect(list()).resolves.toMatchObject({ ok: true, uids: ['user-0'] })
})

it.each([301, 302, 303, 307, 308])('a redirect to another host is not followed: %i', async status => {
  const location = `${elsewhere.url}/groups/team/members?perPage=100&page=1`
  fake.order({ status, location }, { times: 2 })
  const reason = expect.stringContaining('COMETCHAT_API_URL is not the address')
  await expect(list()).resolves.toMatchObject({ ok: false, retryable: false, reason })
  await expect(api.checkAuthToken('opaque', 'bob', caller)).resolves.toMatchObject({ kind: 'unavailable' })
  expect(fake.requests).toHaveLength(2)
  expect(elsewhere.requests).toEqual([])
})

it('the address of a next page on another host is not used', async () => {
  const next = `${elsewhere.url}/groups/team/members?page=2`
  const meta = { pagination: { total: 150, per_page: 100, next, links: { next } }, next }
  fake.order({ status: 200, body: JSON.stringify({ data: people(100), meta, links: { next } }) })
  fake.groups.set(
    'team',
    Array.from({ length: 150 }, (_, index) => `user-${index}`),
  )
  await expect(list()).resolves.toMatchObject({ ok: true, uids: { length: 150 } })
  expect(elsewhere.requests).toEqual([])
})

it.each([
  ['says that it has a thousand million pages', { total: 1e9, per_page: 1 }, 1],
  ['says that it has more pages than members', { total: 1_000, per_page: 1 }, 1],
])('a list that %s is given up', async (_, pagination, requests) => {
  const body = JSON.stringify({ data: people(1), meta: { pagination } })
  fake.order({ status: 200, body }, { times: Number.POSITIVE_INFINITY })
  const reason = expect.stringContaining('more than 40 pages')
  await expect(list()).resolves.toMatchObject({ ok: false, retryable: true, reason })
  expect(fake.requests).toHaveLength(requests)
})

it('a list whose pages are always full ends after 1,000 members', async () => {
  const body = JSON.stringify({ data: people(100), meta: { pagination: { total: 0, per_page: 100 } } })
  fake.order({ status: 200, body }, { times: Number.POSITIVE_INFINITY })
  await expect(list()).resolves.toMatchObject({ ok: true, uids: { length: 100 } })
  expect(fake.requests.length).toBeLessThanOrEqual(11)
})
