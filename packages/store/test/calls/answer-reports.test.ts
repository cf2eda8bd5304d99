import { createAnswerReports, EARLY_ANSWERS } from '@ringer/store'
import { expect } from 'vitest'
import { APP_ID } from '../../../payloads/test/webhooks.ts'
import { describeStore, type TestStore } from '../describe-store.ts'
import { ringToClaim } from './claim-ring.ts'

/** Reports so many made-up sessions that no other one is accepted. */
async function useUp({ redis, keys }: TestStore, uid: string) {
  const reports = createAnswerReports(redis, keys)
  for (let index = 0; index < EARLY_ANSWERS; index += 1) {
    expect(await reports.admit(APP_ID, `made-up-${index}`, uid)).toBe(true)
  }
  expect(await reports.admit(APP_ID, 'made-up', uid)).toBe(false)
  return reports
}

describeStore('a report that a user answered', storeIt => {
  storeIt('is admitted for a call, and for a meeting that a message announced', async ({ store }) => {
    await store.calls.claim('job-1', ringToClaim())
    await store.calls.claim('job-2', ringToClaim({ sessionId: 'chess-club', announcedBy: '17' }))
    const reports = await useUp(store, 'bob')
    expect(await reports.admit(APP_ID, ringToClaim().event.sessionId, 'bob')).toBe(true)
    expect(await reports.admit(APP_ID, 'chess-club', 'bob')).toBe(true)
  })

  storeIt('is not admitted for a call that rang somebody else', async ({ store }) => {
    await store.calls.claim('job-1', ringToClaim())
    const reports = await useUp(store, 'mallory')
    expect(await reports.admit(APP_ID, ringToClaim().event.sessionId, 'mallory')).toBe(false)
  })

  storeIt('leaves one small key for all made-up sessions, which expires', async ({ store }) => {
    await useUp(store, 'bob')
    const [key = '', ...others] = await store.listKeys()
    expect(others).toEqual([])
    const left = await store.redis.pttl(key)
    expect(left).toBeGreaterThan(590_000)
    expect(left).toBeLessThanOrEqual(600_000)
  })
})
