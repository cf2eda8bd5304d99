import { type FakeCometChat, startFakeCometChat } from '@ringer/fakes/cometchat'
import { type CometChatApi, createCometChatApi } from '@ringer/service'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const SAME_APP = { appId: '2487f0c1', apiKey: 'f1915e328e249ffaaafd97fb46a57ba55d233fbf' }
const MEMBERS = { ok: true, uids: ['bob'], more: 0 }

let first: FakeCometChat
let second: FakeCometChat
let api: CometChatApi
/** How far the clock is ahead of the real time, in ms. */
let ahead: number
const clock = () => Date.now() + ahead

beforeEach(async () => {
  ahead = 0
  ;[first, second] = await Promise.all([startFakeCometChat(SAME_APP), startFakeCometChat(SAME_APP)])
  for (const { groups } of [first, second])
    for (const guid of ['team', 'crew', 'club']) groups.set(guid, ['bob'])
  api = createCometChatApi({ url: first.url, fallbackUrls: [second.url], apiKey: SAME_APP.apiKey }, clock)
})
afterEach(async () => {
  await Promise.all([first.close(), second.close()])
})

const list = (guid: string) => api.listMembers(guid, clock() + 10_000)
const asked = () => [first.requests.length, second.requests.length]

describe('of two hosts of CometChat’s API', () => {
  it('only the usual one is asked while it answers, whatever it answers', async () => {
    expect(await list('team')).toEqual(MEMBERS)
    first.order({ status: 429, reason: 'ERR_TOO_MANY_REQUESTS' })
    expect(await list('crew')).toMatchObject({ ok: false })
    expect(await list('nobodys')).toMatchObject({ ok: false, reason: expect.stringContaining('no group') })
    expect(asked()).toEqual([3, 0])
  })

  it.each([
    ['answers 503', () => first.order({ status: 503, body: '<html>' })],
    ['answers 500', () => first.order({ status: 500 })],
    ['breaks the connection', () => first.order({ reset: true })],
    ['refuses connections', () => first.close()],
  ])('the second is asked in the same request if the first %s', async (_, fail) => {
    await fail()
    expect(await list('team')).toEqual(MEMBERS)
    expect(second.requests).toHaveLength(1)
  })

  it('a silent host makes one request fail after 2 s, and does not delay the next ones', async () => {
    first.order({ hang: true }, { times: Number.POSITIVE_INFINITY })
    const startedAt = performance.now()
    expect(await list('team')).toMatchObject({ ok: false, retryable: true })
    expect(performance.now() - startedAt).toBeLessThan(2_500)
    expect(await list('team')).toEqual(MEMBERS)
    expect(await list('crew')).toEqual(MEMBERS)
    expect(asked()).toEqual([1, 2])
  })

  it('the one that failed is asked again after a minute', async () => {
    first.order({ status: 503 })
    await list('team')
    ahead = 59_000
    await list('crew')
    expect(asked()).toEqual([1, 2])
    ahead = 61_000
    await list('club')
    expect(asked()).toEqual([2, 2])
  })

  it('a failure of both hosts is one failed request, with one attempt at each', async () => {
    for (const host of [first, second]) host.order({ status: 503 })
    expect(await list('team')).toMatchObject({ ok: false, retryable: true })
    expect(asked()).toEqual([1, 1])
  })
})
