import { type FakeCometChat, startFakeCometChat } from '@ringer/fakes/cometchat'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const authToken = 'bob_16383540156641d37a023c75d26f4c22a21ff126'
const people = (count: number) => Array.from({ length: count }, (_, index) => `user-${index}`)

let fake: FakeCometChat

beforeEach(async () => {
  fake = await startFakeCometChat({
    groups: new Map([['town', people(1_203)]]),
    authTokens: new Map([[authToken, 'bob']]),
  })
})
afterEach(() => fake.close())

/** Asks the stand-in, with the right API key. */
async function ask(path: string, init: RequestInit = {}) {
  const headers = { apikey: fake.apiKey }
  const response = await fetch(fake.url + path, { headers, redirect: 'manual', ...init })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: json(text) }
}

function json(text: string) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const uidsIn = (body: { data: { uid: string }[] }) => body.data.map(({ uid }) => uid)

describe('the members of a group', () => {
  it.each([
    ['', people(100), { total: 1_203, count: 100, per_page: 100, current_page: 1, total_pages: 13 }],
    [
      '?perPage=1000&page=2',
      people(1_203).slice(1_000),
      { total: 1_203, count: 203, per_page: 1_000, current_page: 2, total_pages: 2 },
    ],
    ['?perPage=5&page=500', [], { total: 1_203, count: 0, per_page: 5, current_page: 500, total_pages: 241 }],
  ])('are listed by page: %s', async (query, uids, pagination) => {
    const { status, body } = await ask(`/groups/town/members${query}`)
    expect(status).toBe(200)
    expect(uidsIn(body)).toEqual(uids)
    expect(body.meta).toEqual({ pagination })
  })

  it.each(['perPage=0', 'perPage=1001', 'perPage=ten', 'perPage=', 'page=0', 'page=-1', 'page=1.5'])(
    'are refused with %s',
    async query => {
      const { status, body } = await ask(`/groups/town/members?${query}`)
      expect(status).toBe(400)
      expect(body.error).toEqual({ code: 'ERR_BAD_REQUEST', message: expect.any(String) })
    },
  )

  it('reflect changes to the group at once', async () => {
    fake.groups.set('team/1', ['bob'])
    expect(uidsIn((await ask('/groups/team%2F1/members')).body)).toEqual(['bob'])
    fake.groups.get('team/1')?.push('carol')
    expect(uidsIn((await ask('/groups/team%2F1/members')).body)).toEqual(['bob', 'carol'])
  })

  it('are not found when there is no such group', async () => {
    await expect(ask('/groups/team/members')).resolves.toMatchObject({
      ...{ status: 404, body: { error: { code: 'ERR_GUID_NOT_FOUND' } } },
    })
  })
})

describe('an auth token', () => {
  it('is found for its user', async () => {
    const { status, body } = await ask(`/users/bob/auth_tokens/${authToken}`)
    expect(status).toBe(200)
    expect(body.data).toEqual({ uid: 'bob', authToken, createdAt: expect.any(Number) })
  })

  it.each([
    ['bob', 'nobodys', 'ERR_AUTH_TOKEN_NOT_FOUND'],
    ['user-7', authToken, 'ERR_AUTH_TOKEN_NOT_FOUND'],
    ['mallory', authToken, 'ERR_UID_NOT_FOUND'],
  ])('is not found for %s with %s', async (uid, token, code) => {
    const { status, body } = await ask(`/users/${uid}/auth_tokens/${token}`)
    expect([status, body.error.code]).toEqual([404, code])
  })
})

describe('a request', () => {
  it.each([
    ['no key', {}, 'AUTH_ERR_EMPTY_APIKEY'],
    ['another key', { apikey: 'swordfish' }, 'AUTH_ERR_APIKEY_NOT_FOUND'],
  ])('with %s is refused', async (_what, headers, code) => {
    for (const path of ['/groups/town/members', `/users/bob/auth_tokens/${authToken}`]) {
      const { status, body } = await ask(path, { headers })
      expect([status, body.error.code]).toEqual([401, code])
    }
  })

  it('to a user’s auth tokens lists them', async () => {
    const { status, body } = await ask('/users/bob/auth_tokens')
    expect([status, body]).toMatchObject([200, { data: [{ uid: 'bob', authToken }] }])
  })

  it.each(['', '/users/bob', '/groups//members', '/groups/town/members/bob'])(
    'to %j is answered 404, in a form that is not CometChat’s',
    async path => {
      await expect(ask(path)).resolves.toMatchObject({ status: 404, body: undefined })
    },
  )

  it('to another app, or with another method, is answered 404', async () => {
    const elsewhere = fake.url.replace(fake.appId, 'another')
    await expect(fetch(`${elsewhere}/groups/town/members`)).resolves.toMatchObject({ status: 404 })
    await expect(ask('/groups/town/members', { method: 'POST' })).resolves.toMatchObject({ status: 404 })
  })

  it('is recorded without its token or key', async () => {
    await ask('/groups/town/members?perPage=5')
    await ask(`/users/bob/auth_tokens/${authToken}?x=${authToken}`)
    await ask('/groups/town/members', { headers: { apikey: 'swordfish' } })
    const base = `/${fake.appId}/v3`
    expect(fake.requests).toEqual([
      { path: `${base}/groups/town/members?perPage=5`, status: 200, fault: null },
      { path: `${base}/users/bob/auth_tokens/…`, status: 200, fault: null },
      { path: `${base}/groups/town/members`, status: 401, fault: null },
    ])
    await expect.poll(() => fake.open).toBe(0)
  })
})

describe('an ordered fault', () => {
  const members = '/groups/town/members'

  it.each([
    [400, 'ERR_BAD_REQUEST'],
    [401, 'AUTH_ERR_APIKEY_NOT_FOUND'],
    [403, 'AUTH_ERR_NO_ACCESS'],
    [404, 'ERR_GUID_NOT_FOUND'],
    [429, 'ERR_TOO_MANY_REQUESTS'],
    [503, 'ERR_INTERNAL_SERVER_ERROR'],
  ])('answers %i once', async (status, code) => {
    fake.order({ status, retryAfter: 15 })
    const answer = await ask(members)
    expect(answer).toMatchObject({ status, body: { error: { code } } })
    expect(answer.headers.get('retry-after')).toBe('15')
    await expect(ask(members)).resolves.toMatchObject({ status: 200 })
  })

  it('can have its own reason or body', async () => {
    fake.order({ status: 403, reason: 'ERR_AUTHTOKEN_NOT_ACCESSIBLE' })
    await expect(ask(members)).resolves.toMatchObject({
      body: { error: { code: 'ERR_AUTHTOKEN_NOT_ACCESSIBLE' } },
    })
    fake.order({ status: 502, body: '<html>' })
    await expect(ask(members)).resolves.toMatchObject({ status: 502, text: '<html>' })
    fake.order({ status: 302 })
    await expect(ask(members)).resolves.toMatchObject({ status: 302 })
  })

  it('applies to a number of requests, or to one path, until it is cleared', async () => {
    const path = `${new URL(fake.url).pathname}${members}?page=2`
    fake.order({ status: 500 }, { path, times: 2 })
    fake.order({ status: 503 }, { times: 2 })
    expect((await ask(members)).status).toBe(503)
    expect((await ask(`${members}?page=2`)).status).toBe(500)
    expect((await ask(members)).status).toBe(503)
    expect((await ask(members)).status).toBe(200)
    fake.clearOrders()
    expect((await ask(`${members}?page=2`)).status).toBe(200)
  })

  it('is not used up by an invalid request, but by a request for an unknown group', async () => {
    fake.order({ status: 503 })
    expect((await ask(`${members}?perPage=0`)).status).toBe(400)
    expect((await ask(members, { headers: {} })).status).toBe(401)
    expect((await ask('/groups/team/members')).status).toBe(503)
  })

  it('delays the answer', async () => {
    fake.order({ delayMs: 100 })
    const start = performance.now()
    await expect(ask(members)).resolves.toMatchObject({ status: 200 })
    expect(performance.now() - start).toBeGreaterThan(90)
  })

  it('resets the connection', async () => {
    fake.order({ reset: true })
    await expect(ask(members)).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } })
    expect(fake.requests).toMatchObject([{ status: null, fault: 'reset' }])
    await expect(ask(members)).resolves.toMatchObject({ status: 200 })
  })

  it.each([{ hang: true }, { endlessBody: true }, { delayMs: 60_000 }] as const)(
    'leaves the answer open, and does not keep the server from closing: %j',
    async fault => {
      fake.order(fault)
      const unanswered = ask(members)
      await expect.poll(() => fake.open, { timeout: 5_000 }).toBe(1)
      await expect(ask(members)).resolves.toMatchObject({ status: 200 })
      expect(fake.mostAtOnce).toBe(2)
      const failed = expect(unanswered).rejects.toThrow()
      await fake.close()
      await failed
    },
  )
})
