import { setTimeout } from 'node:timers/promises'
import { freshPrefix } from '@ringer/fakes'
import { type FakeCometChat, startFakeCometChat } from '@ringer/fakes/cometchat'
import { createCometChatApi } from '@ringer/service'
import { connectFailFast, createKeys, createRequestCount, waitUntilReady } from '@ringer/store'
import { describe, expect, onTestFinished } from 'vitest'
import { bearer, it as ingressIt, type StartedIngress } from '../start-ingress.ts'

const NOISY = 60
/** How long CometChat takes for an answer. */
const ANSWER_MS = 150

/** An auth token in CometChat's form. Each number makes another one. */
const tokenOf = (uid: string, number = 0) => `${uid}_1630306819${number.toString(16).padStart(30, 'a')}`
const phoneOf = (uid: string) => ({ platform: 'android', token: `fcm-registration-token:APA91b_${uid}` })

const it = ingressIt
  .extend('cometchat', async ({ onTestFinished }) => {
    const cometchat = await startFakeCometChat()
    cometchat.order({ delayMs: ANSWER_MS }, { times: 1_000_000 })
    onTestFinished(cometchat.close)
    return cometchat
  })
  // Behind one proxy, so that a test can send from many addresses.
  .extend('ingress', ({ startIngress, cometchat }) => {
    const check = createCometChatApi(cometchat).checkAuthToken
    return startIngress({ trustProxy: 1, tenant: { registrationAuth: { kind: 'cometchat', check } } })
  })

const register = (ingress: StartedIngress, uid: string, authToken: string, address: string) =>
  ingress.register(phoneOf(uid), {
    headers: { authorization: bearer(authToken), 'x-forwarded-for': address },
  })

/** Logs a user in to CometChat. Returns the auth token. */
function logIn(cometchat: FakeCometChat, uid: string, number = 0) {
  const authToken = tokenOf(uid, number)
  cometchat.authTokens.set(authToken, uid)
  return authToken
}

/** Makes CometChat leave look-ups of these users unanswered, which end after 2 s, and answer all others at once. */
function leaveUnanswered(cometchat: FakeCometChat, uids: string[]) {
  cometchat.clearOrders()
  const users = `${new URL(cometchat.url).pathname}/users`
  for (const uid of uids)
    cometchat.order({ hang: true }, { path: `${users}/${uid}/auth_tokens/…`, times: 1_000_000 })
}

const numbered = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`)

/** Keeps 60 connections busy with made-up tokens of made-up users until the test ends. Resolves once CometChat is asked. */
async function makeNoise(
  ingress: StartedIngress,
  cometchat: FakeCometChat,
  addressOf: (index: number) => string,
  uidOf: (index: number, count: number) => string,
) {
  const stop = new AbortController()
  let count = 0
  const loops = Array.from({ length: NOISY }, async (_, index) => {
    while (!stop.signal.aborted) {
      count += 1
      const answer = await register(ingress, 'x', tokenOf(uidOf(index, count), count), addressOf(index))
      // As a flood does that respects its own machine: this one has two cores for both sides.
      if (answer.status !== 401) await setTimeout(20)
    }
  })
  onTestFinished(async () => {
    stop.abort()
    await Promise.all(loops)
  })
  await expect.poll(() => cometchat.requests.length).toBeGreaterThan(5)
}

describe('60 noisy connections with made-up auth tokens', () => {
  it('keep nobody from registering, if they come from one address', async ({ ingress, cometchat }) => {
    await makeNoise(
      ingress,
      cometchat,
      () => '198.51.100.1',
      (_index, count) => `nobody-${count}`,
    )
    for (let round = 0; round < 5; round += 1) {
      const uids = Array.from({ length: 10 }, (_, index) => `user-${round}-${index}`)
      const answers = await Promise.all(
        uids.map((uid, index) =>
          register(ingress, uid, logIn(cometchat, uid), `203.0.113.${round * 10 + index}`),
        ),
      )
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    }
    expect(cometchat.mostAtOnce).toBeLessThanOrEqual(8 + 10)
  })

  it('keep no user who has a phone from registering, even if each comes from an address of its own', async ({
    ingress,
    cometchat,
  }) => {
    const uids = numbered('known', 10)
    for (const uid of uids)
      expect((await register(ingress, uid, logIn(cometchat, uid), '203.0.113.1')).status).toBe(200)
    leaveUnanswered(cometchat, numbered('nobody', NOISY))
    await makeNoise(
      ingress,
      cometchat,
      index => `198.51.100.${index}`,
      index => `nobody-${index}`,
    )
    await expect.poll(() => cometchat.open).toBe(35)
    // A new auth token, which CometChat has to be asked about.
    const answers = await Promise.all(
      uids.map((uid, index) => register(ingress, uid, logIn(cometchat, uid, 1), `203.0.113.${index}`)),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
  })
})

describe('an address', () => {
  it('may have 8 look-ups at once, and is told when to try again', async ({ ingress, cometchat }) => {
    const uids = numbered('user', 12)
    leaveUnanswered(cometchat, uids)
    const from = (uid: string) => register(ingress, uid, tokenOf(uid), '203.0.113.1')
    const open = uids.slice(0, 8).map(from)
    await expect.poll(() => cometchat.open).toBe(8)
    for (const answer of await Promise.all(uids.slice(8).map(from))) {
      expect(answer.status).toBe(429)
      expect(answer.headers['retry-after']).toBe('1')
    }
    await Promise.all(open)
    expect((await register(ingress, 'bob', logIn(cometchat, 'bob'), '203.0.113.1')).status).toBe(200)
  })

  it('that guesses uids of users with phones gets at most 5 of the look-ups reserved for such users', async ({
    startIngress,
    cometchat,
  }) => {
    const check = createCometChatApi(cometchat).checkAuthToken
    const ingress = await startIngress({
      ...{ trustProxy: 1, gate: { failuresPerMinute: 1 } },
      tenant: { registrationAuth: { kind: 'cometchat', check } },
    })
    const uids = numbered('known', 8)
    for (const uid of uids)
      expect((await register(ingress, uid, logIn(cometchat, uid), '203.0.113.1')).status).toBe(200)
    // Too many wrong credentials: this address has no other places any more.
    await register(ingress, 'x', tokenOf('nobody'), '198.51.100.1')
    leaveUnanswered(cometchat, uids)
    const guess = (uid: string) => register(ingress, uid, tokenOf(uid, 1), '198.51.100.1')
    const open = uids.slice(0, 5).map(guess)
    await expect.poll(() => cometchat.open).toBe(5)
    const more = await Promise.all(uids.slice(5).map(guess))
    expect(more.map(({ status }) => status)).toEqual([429, 429, 429])
    await Promise.all(open)
    expect(cometchat.requests).toHaveLength(8 + 1 + 5)
  })

  it('may have two look-ups of one user at once', async ({ ingress, cometchat }) => {
    leaveUnanswered(cometchat, ['bob'])
    const from = (number: number, address: string) =>
      register(ingress, 'bob', tokenOf('bob', number), address)
    const open = [from(0, '203.0.113.1'), from(1, '203.0.113.1')]
    await expect.poll(() => cometchat.open).toBe(2)
    expect((await from(2, '203.0.113.1')).status).toBe(429)
    // Another address is not limited by these: a stranger cannot lock the user out.
    open.push(from(3, '203.0.113.2'))
    await expect.poll(() => cometchat.requests.length).toBe(3)
    await Promise.all(open)
  })

  it('with too many failures gets no look-ups, except for users with a phone; a cached auth token still works', async ({
    startIngress,
    cometchat,
  }) => {
    const check = createCometChatApi(cometchat).checkAuthToken
    const ingress = await startIngress({
      tenant: { registrationAuth: { kind: 'cometchat', check } },
      gate: { failuresPerMinute: 3 },
    })
    const bob = logIn(cometchat, 'bob')
    expect((await register(ingress, 'bob', bob, '')).status).toBe(200)
    for (const number of [1, 2, 3])
      expect((await register(ingress, 'x', tokenOf('nobody', number), '')).status).toBe(401)
    const asked = cometchat.requests.length
    expect((await register(ingress, 'x', tokenOf('nobody', 4), '')).status).toBe(429)
    expect((await register(ingress, 'carol', logIn(cometchat, 'carol'), '')).status).toBe(429)
    expect((await register(ingress, 'bob', bob, '')).status).toBe(200)
    expect(cometchat.requests).toHaveLength(asked)
    expect((await register(ingress, 'bob', logIn(cometchat, 'bob', 1), '')).status).toBe(200)
  })
})

describe('COMETCHAT_REQUESTS_PER_MINUTE', () => {
  it('limits all processes together', async ({ redis, cometchat }) => {
    const client = connectFailFast({ kind: 'single', url: redis.url }, 5_000)
    onTestFinished(() => client.disconnect())
    await waitUntilReady(client, 5_000)
    const keys = createKeys(freshPrefix())
    const minute = 30_000_000
    const count = createRequestCount(client, keys, 'app')
    const clock = () => minute * 60_000
    const [ingress, worker] = [0, 1].map(() =>
      createCometChatApi({ ...cometchat, requestsPerMinute: 20 }, clock, count),
    )
    const lookUp = (number: number) =>
      ingress?.checkAuthToken(tokenOf(`user-${number}`), undefined, {
        ...{ address: `203.0.113.${number}`, isSuspect: false },
        hasPhones: async () => false,
      })
    const list = (number: number) => worker?.listMembers(`team-${number}`, clock() + 10_000)
    cometchat.clearOrders()
    for (let number = 0; number < 14; number += 1) {
      cometchat.groups.set(`team-${number}`, ['alice'])
      expect(await list(number)).toMatchObject({ ok: true })
    }
    const sums = async () => client.hgetall(keys.cometchatRequests('app', minute))
    await expect.poll(sums).toEqual({ members: '14' })
    for (let number = 0; number < 6; number += 1) {
      expect(await lookUp(number)).toMatchObject({ kind: 'refused' })
      await expect.poll(sums).toMatchObject({ lookups: String(number + 1) })
    }
    expect(await lookUp(6)).toMatchObject({ kind: 'unavailable' })
    expect(cometchat.requests).toHaveLength(20)
    expect(await client.pttl(keys.cometchatRequests('app', minute))).toBeGreaterThan(60_000)
    await client.unlink(keys.cometchatRequests('app', minute))
  })

  it('reserves a part for registrations, and leaves the rest to group listing', async ({
    startIngress,
    cometchat,
  }) => {
    cometchat.clearOrders()
    cometchat.groups.set('team', ['alice', 'bob'])
    // A clock that stands still: the minute never ends.
    const api = createCometChatApi({ ...cometchat, requestsPerMinute: 20 }, () => 1_800_000_000_000)
    const ingress = await startIngress({
      trustProxy: 1,
      tenant: { registrationAuth: { kind: 'cometchat', check: api.checkAuthToken } },
    })
    const statuses: number[] = []
    for (let index = 0; index < 9; index += 1) {
      const uid = `user-${index}`
      const answer = await register(ingress, uid, logIn(cometchat, uid), `203.0.113.${index}`)
      statuses.push(answer.status)
    }
    expect(statuses).toEqual([...Array(7).fill(200), 503, 503])
    for (const number of [1, 2, 3])
      expect(
        (await register(ingress, 'user-1', logIn(cometchat, 'user-1', number), '203.0.113.9')).status,
      ).toBe(200)
    expect((await register(ingress, 'user-1', logIn(cometchat, 'user-1', 4), '203.0.113.8')).status).toBe(503)
    expect(ingress.log()).toContain('COMETCHAT_REQUESTS_PER_MINUTE')
    for (let group = 0; group < 10; group += 1) {
      cometchat.groups.set(`team-${group}`, ['alice'])
      expect(await api.listMembers(`team-${group}`, 1_800_000_009_000)).toMatchObject({ ok: true })
    }
    expect(await api.listMembers('team', 1_800_000_009_000)).toMatchObject({
      ...{ ok: false, retryable: true },
      reason: expect.stringContaining('COMETCHAT_REQUESTS_PER_MINUTE'),
    })
    expect(cometchat.requests).toHaveLength(20)
  })
})
