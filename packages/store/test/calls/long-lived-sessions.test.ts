import type { AnswerEvent, EndEvent } from '@ringer/payloads'
import { expect } from 'vitest'
import { describeWithRedisServer } from '../../../../test/fixtures/describe-with-redis-server.ts'
import { it as storeIt, type TestStore } from '../../../../test/fixtures/store.ts'
import { APP_ID } from '../../../payloads/test/webhooks.ts'
import { CALLED_AT, ringToClaim } from './claim-ring.ts'

const MEETINGS = 3_000
const MINUTE = 60_000
const AT = CALLED_AT + MEETINGS * 20_000

const end = { kind: 'end', action: 'ended', sentAt: AT } satisfies Partial<EndEvent>
const answer = { kind: 'answer', uid: 'bob', platform: 'ios', sentAt: AT } satisfies Partial<AnswerEvent>
const over = (job: string, sessionId: string) => ({ job, sessionId })
type Over = ReturnType<typeof over>

/** A group that announces meetings all day is one session for CometChat. Redis does nothing else while a script runs. */
const events: [string, (store: TestStore, event: Over) => Promise<unknown[]>][] = [
  ['an answer', ({ calls }, { job, sessionId }) => calls.answer(job, APP_ID, { ...answer, sessionId }, AT)],
  [
    'an answer that names nobody',
    ({ calls }, { job, sessionId }) =>
      calls.answer(job, APP_ID, { ...answer, uid: undefined, sessionId }, AT),
  ],
  ['an end', ({ calls }, { job, sessionId }) => calls.end(job, APP_ID, { ...end, sessionId }, AT)],
  [
    'an end for one recipient',
    ({ calls }, { job, sessionId }) => calls.end(job, APP_ID, { ...end, sessionId, recipient: 'bob' }, AT),
  ],
  [
    'the next announcement',
    async ({ calls }, { job, sessionId }) => {
      const { claim } = await calls.claim(job, announcement(sessionId, 'next', MEETINGS * 20_000))
      expect(claim).toBe('claimed')
      return [claim]
    },
  ],
]

const it = storeIt.extend('redisOptions', { scope: 'worker' }, { kind: 'redis-server' })

describeWithRedisServer('a session with thousands of old announcements', () => {
  it.for(events)(
    'costs Redis as much as a fresh one: %s',
    { timeout: 60_000 },
    async ([_, happens], { store }) => {
      await announce(store, 'fresh', 1)
      await announce(store, 'old', MEETINGS)
      const fresh = await costOf(store, () => happens(store, over('job-1', 'fresh')))
      const old = await costOf(store, () => happens(store, over('job-2', 'old')))
      expect(fresh.commands).toBeGreaterThan(3)
      expect(old.commands).toBeLessThanOrEqual(fresh.commands + 5)
      // Running a script for thousands of announcements takes hundreds of times as long. The rest is noise.
      expect(old.scriptMicroseconds).toBeLessThan(20 * fresh.scriptMicroseconds)
    },
  )

  it('costs Redis no more for one of 500 members who answers than for the only one', async ({ store }) => {
    await announce(store, 'small', 1)
    await announce(store, 'large', 1)
    const members = Array.from({ length: 500 }, (_, index) => `member-${index}`)
    await Promise.all(
      members.map(uid => store.calls.claim(uid, announcement('large', 'm1', MEETINGS * 20_000, uid))),
    )
    const joins = (sessionId: string) => () =>
      store.calls.answer(sessionId, APP_ID, { ...answer, sessionId }, AT)
    const small = await costOf(store, joins('small'))
    const large = await costOf(store, joins('large'))
    expect(large.commands).toBeLessThanOrEqual(small.commands + 5)
  })
})

function announcement(sessionId: string, announcedBy: string, later: number, recipient = 'bob') {
  return ringToClaim({ sessionId, announcedBy, recipient }, later)
}

/** Announces meetings 20 s apart to one recipient. The last one is still ringing when an event arrives. */
async function announce({ calls }: TestStore, sessionId: string, count: number) {
  const indexes = Array.from({ length: count }, (_, index) => MEETINGS - index)
  await Promise.all(
    indexes.map(index =>
      calls.claim(`${index}`, announcement(sessionId, `m${index}`, index * 20_000 - MINUTE / 4)),
    ),
  )
}

/** Counts the commands that Redis runs, inside and outside of scripts, and the time that scripts take. */
async function costOf({ redis }: TestStore, happens: () => Promise<unknown[]>) {
  await redis.config('RESETSTAT')
  expect(await happens()).toHaveLength(1)
  const stats = Array.from(
    (await redis.info('commandstats')).matchAll(/cmdstat_([^:]+):calls=(\d+),usec=(\d+)/g),
    ([_, name = '', calls, microseconds]) => ({
      name,
      calls: Number(calls),
      microseconds: Number(microseconds),
    }),
  )
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
  const scripts = stats.filter(({ name }) => name.startsWith('eval'))
  return {
    commands: sum(stats.map(({ calls }) => calls)),
    scriptMicroseconds: sum(scripts.map(({ microseconds }) => microseconds)),
  }
}
