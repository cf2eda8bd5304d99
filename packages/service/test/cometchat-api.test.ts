import { type FakeCometChat, startFakeCometChat } from '@ringer/fakes/cometchat'
import { type CometChatApi, createCometChatApi } from '@ringer/service'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'

let fake: FakeCometChat
let api: CometChatApi
/** How far the clock is ahead of the real time, in ms. */
let ahead: number
const clock = () => Date.now() + ahead

/** Looks up an auth token for somebody whose requests have an address of their own. */
let asked = 0
const check = (authToken: string, uid: string | undefined) => {
  asked += 1
  return api.checkAuthToken(authToken, uid, {
    address: `192.0.2.${asked}`,
    isSuspect: false,
    hasPhones: async () => false,
  })
}

beforeEach(async () => {
  ahead = 0
  fake = await startFakeCometChat()
  api = createCometChatApi(fake, clock)
})
afterEach(() => fake.close())

const people = (count: number) => Array.from({ length: count }, (_, index) => `user-${index}`)
const soon = () => clock() + 10_000
const list = (guid: string) => api.listMembers(guid, soon())
const pathOf = (guid: string, page: number) =>
  `${new URL(fake.url).pathname}/groups/${guid}/members?perPage=100&page=${page}`
const pageOf = (uids: unknown[], pagination: object) =>
  JSON.stringify({ data: uids.map(uid => ({ uid })), meta: { pagination } })

describe('listMembers', () => {
  it.each([0, 1, 99, 100, 101, 1_000])(
    'lists a group of %i, each member once and page by page',
    async size => {
      fake.groups.set('team', people(size))
      await expect(list('team')).resolves.toEqual({ ok: true, uids: people(size), more: 0 })
      expect(fake.requests).toHaveLength(Math.max(1, Math.ceil(size / 100)))
      expect(fake.mostAtOnce).toBeLessThanOrEqual(5)
    },
  )

  it('lists the first 1,000 of a larger group and says how many more there are', async () => {
    fake.groups.set('town', people(1_203))
    await expect(list('town')).resolves.toEqual({ ok: true, uids: people(1_000), more: 203 })
    expect(fake.requests).toHaveLength(10)
  })

  it('asks for five pages at a time after the first', async () => {
    fake.groups.set('town', people(1_000))
    for (const page of [2, 3, 4, 5, 6]) fake.order({ hang: true }, { path: pathOf('town', page) })
    const listing = list('town')
    await expect.poll(() => fake.open, { timeout: 1_800 }).toBe(5)
    await fake.close()
    await expect(listing).resolves.toMatchObject({ ok: false })
    expect(fake.requests).toHaveLength(6)
  })

  it('lists every member even if the total is 0, as in the example of CometChat’s documentation', async () => {
    const pagination = { total: 0, count: 5, per_page: 100, current_page: 1, total_pages: 1 }
    fake.order({ status: 200, body: pageOf(people(4), pagination) })
    await expect(list('team')).resolves.toEqual({ ok: true, uids: people(4), more: 0 })
    expect(fake.requests).toHaveLength(1)

    for (const [town, size] of [['small', 250] as const, ['large', 750] as const]) {
      fake.groups.set(town, people(size))
      fake.order({ status: 200, body: pageOf(people(100), pagination) }, { path: pathOf(town, 1) })
      await expect(list(town)).resolves.toEqual({ ok: true, uids: people(size), more: 0 })
    }
    // For the small group: the first page and five more, the last three of them empty.
    expect(fake.requests).toHaveLength(1 + 6 + 10)
  })

  it('lists every member even if CometChat returns smaller pages than requested', async () => {
    for (const page of [1, 2, 3]) {
      const uids = people(120).slice((page - 1) * 50, page * 50)
      const body = pageOf(uids, { total: '120', per_page: 50 })
      fake.order({ status: 200, body }, { path: pathOf('team', page) })
    }
    await expect(list('team')).resolves.toEqual({ ok: true, uids: people(120), more: 0 })
  })

  it('lists 1,000 members even if CometChat returns larger pages than requested', async () => {
    for (const page of [1, 2, 3, 4]) {
      const uids = people(1_203).slice((page - 1) * 300, page * 300)
      const body = pageOf(uids, { total: 1_203, per_page: 300 })
      fake.order({ status: 200, body }, { path: pathOf('town', page) })
    }
    await expect(list('town')).resolves.toEqual({ ok: true, uids: people(1_000), more: 203 })
  })

  it('leaves out invalid uids and duplicates', async () => {
    const uids = ['bob', 'carol', 'bob', '', ' ', 7, null, 'x'.repeat(101), 'dave']
    fake.order({ status: 200, body: pageOf(uids, { total: 9 }) })
    await expect(list('team')).resolves.toMatchObject({ ok: true, uids: ['bob', 'carol', 'dave'] })
  })

  it('caches a list for 5 s, even if a caller changes its copy', async () => {
    fake.groups.set('team', ['bob'])
    const first = await list('team')
    if (first.ok) first.uids.push('mallory')
    fake.groups.set('team', ['carol'])
    ahead = 4_000
    await expect(list('team')).resolves.toMatchObject({ uids: ['bob'] })
    expect(fake.requests).toHaveLength(1)
    ahead = 6_000
    await expect(list('team')).resolves.toMatchObject({ uids: ['carol'] })
    expect(fake.requests).toHaveLength(2)
  })

  it('fetches a group once for several callers at the same time', async () => {
    fake.groups.set('team', people(150)).set('town', ['bob'])
    const lists = await Promise.all([list('team'), list('team'), list('town'), list('team')])
    expect(lists.map(members => members.ok && members.uids.length)).toEqual([150, 150, 1, 150])
    expect(fake.requests).toHaveLength(3)
  })

  it.each(['a/b?c#d', '..%2f..', 'größe %', '..x'])(
    'escapes the id of the group %s in the path',
    async guid => {
      fake.groups.set(guid, ['bob'])
      await expect(list(guid)).resolves.toMatchObject({ uids: ['bob'] })
    },
  )

  it.each(['', '.', '..', ' team', '\ud800', 'x'.repeat(101)])(
    'rejects the invalid group id %j without a request',
    async guid => {
      await expect(list(guid)).resolves.toMatchObject({ ok: false, retryable: false })
      expect(fake.requests).toHaveLength(0)
    },
  )

  it('accepts an address with a slash at its end', async () => {
    fake.groups.set('team', ['bob'])
    api = createCometChatApi({ ...fake, url: `${fake.url}/` })
    await expect(list('team')).resolves.toMatchObject({ uids: ['bob'] })
  })
})

describe('the deadline of listMembers', () => {
  it('ends both the wait and the requests', async () => {
    fake.groups.set('team', ['bob'])
    fake.order({ hang: true })
    const start = performance.now()
    await expect(api.listMembers('team', clock() + 200)).resolves.toEqual({
      ok: false,
      retryable: true,
      reason: expect.stringContaining('by the deadline'),
    })
    expect(performance.now() - start).toBeLessThan(1_500)
    await expect.poll(() => fake.open).toBe(0)
    expect(fake.requests).toHaveLength(1)
  })

  it('prevents any request if it has already passed', async () => {
    const warnings: Error[] = []
    const onWarning = (warning: Error) => warnings.push(warning)
    process.on('warning', onWarning)
    onTestFinished(() => void process.off('warning', onWarning))
    fake.groups.set('team', ['bob'])
    const late = { ok: false, retryable: true }
    await expect(api.listMembers('team', clock() - 60_000)).resolves.toMatchObject(late)
    await expect(list('team')).resolves.toMatchObject({ ok: true })
    expect(fake.requests).toHaveLength(1)
    // Node warns about a timer that is set for the past.
    expect(warnings).toEqual([])
  })

  it('may be further away than a timer can wait', async () => {
    fake.groups.set('team', ['bob'])
    fake.order({ delayMs: 50 })
    const list = api.listMembers('team', Number.MAX_SAFE_INTEGER)
    await expect(list).resolves.toMatchObject({ uids: ['bob'] })
  })

  it('is each caller’s own, even if callers share a request', async () => {
    fake.groups.set('team', ['bob'])
    fake.order({ delayMs: 400 })
    const hasty = api.listMembers('team', clock() + 100)
    const patient = list('team')
    await expect(hasty).resolves.toMatchObject({ ok: false })
    await expect(patient).resolves.toMatchObject({ uids: ['bob'] })
    expect(fake.requests).toHaveLength(1)
  })

  it('does not make the next call fail', async () => {
    fake.groups.set('team', ['bob'])
    fake.order({ hang: true })
    await expect(api.listMembers('team', clock() + 100)).resolves.toMatchObject({ ok: false })
    await expect(list('team')).resolves.toMatchObject({ uids: ['bob'] })
  })
})

describe('a failed listMembers', () => {
  const html = '<html>bad gateway</html>'

  it.each([
    [{ status: 400 }, false, /status 400, ERR_BAD_REQUEST/],
    [{ status: 401 }, false, /refused COMETCHAT_API_KEY \(status 401\): it must be a REST API key/],
    [{ status: 403 }, false, /refused COMETCHAT_API_KEY \(status 403\)/],
    [{ status: 403, body: html }, false, /refused COMETCHAT_API_KEY \(status 403\)/],
    [{ status: 404, reason: 'AUTH_ERR_APIKEY_NOT_FOUND' }, false, /refused COMETCHAT_API_KEY/],
    [{ status: 400, reason: 'AUTH_ERR_INVALID_APPID' }, false, /check COMETCHAT_APP_ID and COMETCHAT_REGION/],
    [{ status: 404 }, false, /has no group "team"/],
    [{ status: 404, body: html }, false, /COMETCHAT_API_URL is not the address/],
    [{ status: 302 }, false, /COMETCHAT_API_URL is not the address .* \(status 302/],
    [{ status: 408 }, true, /status 408/],
    [{ status: 429 }, true, /status 429, ERR_TOO_MANY_REQUESTS/],
    [{ status: 500 }, true, /status 500/],
    [{ status: 503, body: html }, true, /status 503/],
    [{ status: 200, body: html }, true, /cannot be read \(not JSON\)/],
    [{ status: 200, body: '{"data":{}}' }, true, /cannot be read \(no list of members\)/],
    [{ reset: true as const }, true, /does not answer/],
  ])('tells the reason and whether to retry: %j', async (fault, retryable, reason) => {
    fake.groups.set('team', ['bob'])
    fake.order(fault)
    await expect(list('team')).resolves.toEqual({
      ...{ ok: false, retryable, reason: expect.stringMatching(reason) },
      retryAfterMs: undefined,
    })
    expect(fake.requests).toHaveLength(1)
    // A failure is not cached.
    await expect(list('team')).resolves.toMatchObject({ ok: true })
  })

  it('names a group that does not exist', async () => {
    await expect(list('team')).resolves.toMatchObject({
      retryable: false,
      reason: expect.stringMatching(/no group "team"/),
    })
  })

  it.each([429, 503])('tells when to retry if a %i has Retry-After', async status => {
    fake.order({ status, retryAfter: 15 })
    await expect(list('team')).resolves.toMatchObject({ retryable: true, retryAfterMs: 15_000 })
  })

  it('is the result when any page fails', async () => {
    fake.groups.set('team', people(300))
    fake.order({ status: 503 }, { path: pathOf('team', 3) })
    await expect(list('team')).resolves.toMatchObject({ ok: false, retryable: true })
  })

  it('is the result when an answer is not complete within 2 s', async () => {
    fake.groups.set('silent', ['bob']).set('endless', ['bob'])
    fake.order({ hang: true }, { path: pathOf('silent', 1) })
    fake.order({ endlessBody: true }, { path: pathOf('endless', 1) })
    const start = performance.now()
    for (const answer of await Promise.all([list('silent'), list('endless')])) {
      expect(answer).toMatchObject({
        ok: false,
        retryable: true,
        reason: expect.stringMatching(/no answer within 2000 ms/),
      })
    }
    expect(performance.now() - start).toBeGreaterThan(1_900)
    expect(performance.now() - start).toBeLessThan(6_000)
    await expect.poll(() => fake.open, { timeout: 5_000 }).toBe(0)
  })

  it('is the result when the connection is refused', async () => {
    await fake.close()
    await expect(list('team')).resolves.toMatchObject({
      retryable: true,
      reason: expect.stringMatching(/ECONNREFUSED/),
    })
  })

  it.each(['swordfish', 'sword\nfish', 'swörd€fish'])('does not reveal the API key: %j', async apiKey => {
    api = createCometChatApi({ url: fake.url, apiKey })
    const results = [await list('team'), await check('token', 'bob')]
    for (const answer of results) expect(answer.ok).toBe(false)
    expect(JSON.stringify(results)).not.toMatch(/sw.{1,2}rd|fish/)
  })
})

describe('checkAuthToken', () => {
  const token = 'bob_the_builder_1638354015664f1d37a023c75d26f4c22a21ff126'

  it.each([
    ['superhero1', 'superhero1_1630306819c3027ce530b2367f3c97b4106f0cb8'],
    ['bob_the_builder', token],
    ['bob_1638354015', 'bob_1638354015_1638354015664f1d37a023c75d26f4c22a21ff126'],
  ])('asks about the user whom the token names: %s', async (uid, authToken) => {
    fake.authTokens.set(authToken, uid)
    await expect(check(authToken, undefined)).resolves.toEqual({ ok: true, uid })
    await expect(check(authToken, 'mallory')).resolves.toEqual({ ok: true, uid })
  })

  it.each(['opaque', 'bob_and_alice', '_1638354015664f1d37', 'bob_1638354015'])(
    'asks about the given uid when the token names no user: %s',
    async authToken => {
      fake.authTokens.set(authToken, 'alice')
      await expect(check(authToken, undefined)).resolves.toMatchObject({ kind: 'refused' })
      expect(fake.requests).toHaveLength(0)
      await expect(check(authToken, 'bob')).resolves.toMatchObject({ kind: 'refused' })
      await expect(check(authToken, 'alice')).resolves.toEqual({ ok: true, uid: 'alice' })
    },
  )

  it('returns the uid from CometChat’s answer, not the one in the token', async () => {
    fake.order({ status: 200, body: JSON.stringify({ data: { uid: 'carol', authToken: token } }) })
    await expect(check(token, 'bob_the_builder')).resolves.toEqual({ ok: true, uid: 'carol' })
  })

  it('refuses a token that CometChat does not know', async () => {
    fake.groups.set('team', ['bob'])
    for (const claimed of ['bob_1638354015664f1d37', 'nobody_1638354015664f1d37']) {
      const answer = await check(claimed, undefined)
      expect(answer).toMatchObject({
        ok: false,
        kind: 'refused',
        reason: expect.stringMatching(/does not know the auth token/),
      })
    }
    fake.order({ status: 403, reason: 'ERR_AUTHTOKEN_NOT_ACCESSIBLE' })
    fake.authTokens.set(token, 'bob_the_builder')
    await expect(check(token, undefined)).resolves.toMatchObject({ kind: 'refused' })
  })

  it.each(['', '.', '..', 'a b', 'a\n', 'tokén', '\u0000', 'x'.repeat(513)])(
    'refuses the malformed token %j without a request',
    async malformed => {
      await expect(check(malformed, 'bob')).resolves.toMatchObject({
        ok: false,
        kind: 'refused',
      })
      expect(fake.requests).toHaveLength(0)
    },
  )

  it.each(['..', '', 'x'.repeat(101), '\ud800'])(
    'refuses the invalid uid %j without a request',
    async uid => {
      await expect(check('opaque', uid)).resolves.toMatchObject({ ok: false, kind: 'refused' })
      expect(fake.requests).toHaveLength(0)
    },
  )

  it('escapes a token that looks like a path', async () => {
    const authToken = '../../groups?x#y%2e%2e\\'
    fake.authTokens.set(authToken, 'bob/..')
    await expect(check(authToken, 'bob/..')).resolves.toEqual({ ok: true, uid: 'bob/..' })
    expect(fake.requests[0]?.path).toMatch(/\/users\/bob%2F\.\.\/auth_tokens\/…$/)
  })

  it.each([
    [{ status: 200, body: JSON.stringify({ data: { uid: 'bob_the_builder' } }) }, /not about the auth token/],
    [{ status: 200, body: JSON.stringify({ data: { uid: 'bob', authToken: 'x' } }) }, /not about the auth/],
    [{ status: 200, body: JSON.stringify({ data: { uid: '', authToken: token } }) }, /not about the auth/],
    [{ status: 200, body: token }, /not JSON/],
    [{ status: 401 }, /refused COMETCHAT_API_KEY/],
    [{ status: 403 }, /refused COMETCHAT_API_KEY/],
    [{ status: 404, body: '<html>' }, /COMETCHAT_API_URL/],
    [{ status: 404, reason: 'AUTH_ERR_INVALID_APPID' }, /COMETCHAT_APP_ID/],
    [{ status: 429 }, /status 429/],
    [{ status: 503 }, /status 503/],
    [{ reset: true as const }, /does not answer/],
  ])('reports a failure as unavailable and does not cache it: %j', async (fault, reason) => {
    fake.authTokens.set(token, 'bob_the_builder')
    fake.order(fault)
    const answer = await check(token, undefined)
    expect(answer).toEqual({ ok: false, kind: 'unavailable', reason: expect.stringMatching(reason) })
    expect(JSON.stringify(answer)).not.toContain(token.slice(-20))
    await expect(check(token, undefined)).resolves.toMatchObject({ ok: true })
  })

  it('reports unavailable after 2 s without an answer', async () => {
    fake.order({ hang: true })
    const answer = await check(token, undefined)
    expect(answer).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringMatching(/no answer within 2000 ms/),
    })
  })

  it('does not reveal the token, whatever CometChat answers', async () => {
    const results = [await check(token, undefined), await check('swordfish', 'bob')]
    fake.authTokens.set('another', 'bob')
    results.push(await check('sword-fish', 'bob'))
    expect(results.map(answer => answer.ok)).toEqual([false, false, false])
    expect(JSON.stringify(results)).not.toMatch(/sword|fish|ff126/)
  })

  it('asks again about an accepted token after 5 minutes', async () => {
    fake.authTokens.set(token, 'bob_the_builder')
    await check(token, undefined)
    fake.authTokens.delete(token)
    ahead = 299_000
    await expect(check(token, undefined)).resolves.toMatchObject({ ok: true })
    expect(fake.requests).toHaveLength(1)
    ahead = 301_000
    await expect(check(token, undefined)).resolves.toMatchObject({ kind: 'refused' })
    expect(fake.requests).toHaveLength(2)
  })

  it('asks again about a refused token after 30 s', async () => {
    await expect(check(token, undefined)).resolves.toMatchObject({ kind: 'refused' })
    fake.authTokens.set(token, 'bob_the_builder')
    ahead = 29_000
    await expect(check(token, undefined)).resolves.toMatchObject({ kind: 'refused' })
    expect(fake.requests).toHaveLength(1)
    ahead = 31_000
    await expect(check(token, undefined)).resolves.toMatchObject({ ok: true })
  })

  it('checks at most 35 tokens of strangers at once, each with one request, and reports unavailable for more', async () => {
    const tokens = Array.from({ length: 36 }, (_, index) => `token-${index}`)
    for (const each of tokens) fake.authTokens.set(each, 'bob')
    fake.order({ delayMs: 100 }, { times: 36 })
    const [last = '', ...first] = tokens
    const checks = [...first, ...first].map(each => check(each, 'bob'))
    await expect(check(last, 'bob')).resolves.toMatchObject({ kind: 'unavailable' })
    for (const check of await Promise.all(checks)) expect(check).toEqual({ ok: true, uid: 'bob' })
    expect(fake.requests).toHaveLength(35)
    await expect(check(last, 'bob')).resolves.toEqual({ ok: true, uid: 'bob' })
  })
})
