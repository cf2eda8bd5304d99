import { execFile } from 'node:child_process'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, vi } from 'vitest'
import { attempt, lastKinds } from '../deliver.ts'
import { android, commit, registrationToken, ringOf, upTo } from '../pushes/outgoing-push.ts'
import { firstMessage, it, startFcmWorld } from './fcm-world.ts'

const source = new URL('../../src/fcm/access-token.ts', import.meta.url).href
const MINUTE_MS = 60_000
/** The access token is looked at once a second. The rest is for a slow machine. */
const PATIENT = { timeout: 8_000 }
const INFINITE = { times: Number.POSITIVE_INFINITY }

describe.concurrent('the access token', () => {
  it('is requested once for all pushes that wait for the first one', async ({ world }) => {
    expect(new Set(lastKinds(await Promise.all(upTo(100).map(world.deliverTo))))).toEqual(
      new Set(['accepted']),
    )
    expect(world.fcm.tokenRequests).toBe(1)
  })

  // The first ring of the morning waited for it.
  it('is renewed before it expires, although nothing is sent for hours', async ({ world, expect }) => {
    for (const renewals of upTo(3)) {
      await expect.poll(() => world.fcm.tokenRequests, PATIENT).toBe(renewals)
      world.advance(51 * MINUTE_MS)
    }
    await expect.poll(() => world.fcm.tokenRequests, PATIENT).toBe(4)
    world.fcm.orderTokenRequest({ hang: true }, INFINITE)
    expect(await world.sendTo(1)).toMatchObject({ kind: 'accepted' })
  })

  // firebase-admin makes every push wait for the renewal, although the old token is valid for some more minutes.
  it('is renewed in the background, without delaying a push', async ({ world, expect }) => {
    await world.warmUp()
    world.fcm.orderTokenRequest({ hang: true }, INFINITE)
    world.advance(51 * MINUTE_MS)
    await expect.poll(() => world.fcm.tokenRequests, PATIENT).toBe(2)
    const outcomes = await Promise.all(upTo(20).map(world.sendTo))
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true)
  })

  it('is used until it expires if it cannot be renewed', async ({ world, expect }) => {
    await world.warmUp()
    world.fcm.orderTokenRequest({ status: 500, body: '{}' }, INFINITE)
    world.advance(51 * MINUTE_MS)
    await expect.poll(() => world.fcm.tokenRequests, PATIENT).toBe(2)
    world.advance(8 * MINUTE_MS)
    expect(await world.sendTo(1)).toMatchObject({ kind: 'accepted' })
    world.advance(MINUTE_MS)
    expect(await world.sendTo(1)).toMatchObject({ kind: 'retryable', delivered: 'no' })
  })

  it('is requested again after 1, 2 and 4 s if it cannot be had, although nothing is sent', async ({
    expect,
  }) => {
    const startedAt = performance.now()
    const world = await startFcmWorld({
      prepare: fcm => fcm.orderTokenRequest({ status: 503, body: '' }, { times: 3 }),
    })
    await expect.poll(() => world.fcm.tokenRequests, { timeout: 15_000 }).toBe(4)
    expect(performance.now() - startedAt).toBeGreaterThan(6_000)
    expect(await world.sendTo(1)).toMatchObject({ kind: 'accepted' })
    expect(world.fcm.tokenRequests).toBe(4)
    await world.close()
  })

  it('is replaced after one 401 if it was revoked', async ({ world }) => {
    await world.warmUp()
    world.fcm.revokeAccessTokens()
    const attempts = await world.deliverTo(1)
    expect(attempts.map(({ outcome }) => outcome)).toMatchObject([
      { kind: 'retryable', status: 401, delivered: 'no' },
      { kind: 'accepted' },
    ])
    await world.deliverTo(2)
    expect(world.fcm.received.filter(({ status }) => status === 401)).toHaveLength(1)
    expect(world.fcm.tokenRequests).toBe(2)
  })

  it('is replaced once if it is revoked while many pushes are under way', async ({ world }) => {
    // All pushes leave at once, before the first refusal arrives: each has a connection that is open already.
    world.fcm.order({ delayMs: 500 }, { times: 40 })
    await Promise.all(upTo(40).map(world.sendTo))
    // Half of the refusals arrive when there is a new token already. Each phone's first push is refused, and none that
    // is sent again, however slow the others are.
    for (const number of upTo(40)) {
      const delayMs = number % 2 === 0 ? 600 : 0
      const token = registrationToken(number)
      world.fcm.order({ status: 401, reason: 'UNAUTHENTICATED', delayMs }, { token })
    }
    const deliveries = await Promise.all(upTo(40).map(world.deliverTo))
    expect(new Set(lastKinds(deliveries))).toEqual(new Set(['accepted']))
    expect(world.fcm.tokenRequests).toBe(2)
  })

  it.for([
    ['is refused with a code that blames the request', { status: 400, body: '{"error":"invalid_request"}' }],
    ['is refused temporarily', { status: 503, body: '' }],
    ['cannot be read', { status: 200, body: '<html>ya29.secret</html>' }],
    ['is cut off', { reset: true }],
    ['never arrives', { hang: true }],
    ['never ends', { endlessBody: true }],
  ] as const)('fails the attempt within its limit, with nothing sent, if it %s', async ([, fault]) => {
    const world = await startFcmWorld({ prepare: fcm => fcm.orderTokenRequest(fault, INFINITE) })
    const { outcome, ms } = await attempt(world.sender, ringOf(android(1)))
    expect(outcome).toMatchObject({ kind: 'retryable', delivered: 'no' })
    expect(outcome.reason).not.toContain('ya29')
    expect(ms).toBeLessThan(5_500)
    expect(world.fcm.received).toHaveLength(0)
    await world.close()
  })

  it.for([
    ['', '{"error":"invalid_grant"}', 'invalid_grant'],
    [
      ', with its words',
      '{"error":"invalid_grant","error_description":"Invalid grant: account not found"}',
      'invalid_grant (Invalid grant: account not found)',
    ],
    [
      ', without a word that may be a secret',
      `{"error":"unauthorized_client","error_description":"assertion ${'eyJhbGciOi'.repeat(9)}"}`,
      'unauthorized_client',
    ],
  ] as const)('refuses the push for good if Google refuses the account%s', async ([, body, words]) => {
    const world = await startFcmWorld({
      prepare: fcm => fcm.orderTokenRequest({ status: 400, body }, INFINITE),
    })
    const reason = `Google refuses the service account: ${words}`
    expect(await world.sendTo(1)).toEqual({
      ...{ kind: 'rejected', reason, why: 'provider-credentials', isUnsent: true },
      cause: { kind: 'account', words: words.replace(/ \((.*)\)/, ': $1') },
    })
    // A ring need not wait in a queue for that.
    expect(world.sender.hasRoom({})).toBe(true)
    expect(world.fcm.received).toHaveLength(0)
    await world.close()
  })

  it('is used again as soon as Google accepts the account', async ({ expect }) => {
    const fault = { status: 400, body: '{"error":"invalid_grant"}' }
    const world = await startFcmWorld({ prepare: fcm => fcm.orderTokenRequest(fault, { times: 2 }) })
    expect(await world.sendTo(1)).toMatchObject({ kind: 'rejected' })
    await expect.poll(() => world.sendTo(2), PATIENT).toMatchObject({ kind: 'accepted' })
    await world.close()
  })

  it('is requested again if it never arrives', async () => {
    const world = await startFcmWorld({ prepare: fcm => fcm.orderTokenRequest({ hang: true }) })
    expect(lastKinds(await Promise.all([1, 2].map(world.deliverTo)))).toEqual(['accepted', 'accepted'])
    expect(world.fcm.tokenRequests).toBe(2)
    await world.close()
  })

  it('that arrives late leaves the push with the ttl that remains then', async () => {
    const world = await startFcmWorld({ prepare: fcm => fcm.orderTokenRequest({ delayMs: 1_500 }) })
    const push = ringOf(android(1))
    expect(await world.sender.send(push, commit)).toMatchObject({ kind: 'accepted' })
    const { at, ttl } = firstMessage(world)
    expect(ttl).toBeLessThanOrEqual(push.deadline - at + 500)
    await world.close()
  })

  it('is not requested by every push while its endpoint is down', async () => {
    const world = await startFcmWorld({
      prepare: fcm => fcm.orderTokenRequest({ status: 503, body: '' }, INFINITE),
    })
    for (const number of upTo(50)) await world.sendTo(number)
    // Pushes ask once a second at most, and this machine may be slow.
    expect(world.fcm.tokenRequests).toBeLessThanOrEqual(10)
    await world.close()
  })

  it('may come from a stand-in over plain http', async () => {
    const world = await startFcmWorld({ tls: false })
    expect(await world.sendTo(1)).toMatchObject({ kind: 'accepted' })
    await world.close()
  })
})

describe('starting the sender', () => {
  // The first ring after a start waited for it.
  it('requests an access token at once, before there is a push', async ({ expect }) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const world = await startFcmWorld()
    // expect.poll would move the fake timers on.
    const limit = performance.now() + PATIENT.timeout
    while (world.fcm.tokenRequests === 0 && performance.now() < limit) await nextTurn()
    expect(world.fcm.tokenRequests).toBe(1)
    world.fcm.orderTokenRequest({ hang: true }, INFINITE)
    expect(await world.sendTo(1)).toMatchObject({ kind: 'accepted' })
    await world.close()
  })
})

describe('a process that only keeps an access token ready', () => {
  it('ends by itself, while its endpoint is down too', async () => {
    const { fcm, config, close } = await startFcmWorld()
    fcm.refuseConnections()
    const { clientEmail, privateKey, ca } = config
    const account = { clientEmail, privateKey, ca, tokenUrl: fcm.tokenUrl }
    const code = `import { createAccessTokens } from ${JSON.stringify(source)}
      const tokens = createAccessTokens(${JSON.stringify(account)}, Date.now)
      await tokens.getAccessToken().catch(error => console.log(error.message))`
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], {
      timeout: 15_000,
    })
    expect((await run).stdout).toContain('does not answer (ECONNREFUSED)')
    await close()
  })
})

describe('closing the sender', () => {
  it('ends a request for an access token that is under way', async ({ expect }) => {
    const world = await startFcmWorld({ prepare: fcm => fcm.orderTokenRequest({ hang: true }, INFINITE) })
    await expect.poll(() => world.fcm.tokenRequests, PATIENT).toBe(1)
    await world.sender.close()
    // Less than the limit of the request itself.
    await expect.poll(() => world.fcm.connections, { timeout: 2_000 }).toBe(0)
    await world.close()
  })

  it('ends the renewals of the access token', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const before = vi.getTimerCount()
    const world = await startFcmWorld()
    expect(vi.getTimerCount()).toBe(before + 1)
    await world.close()
    expect(vi.getTimerCount()).toBe(before)
  })
})
