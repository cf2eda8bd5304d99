import { readCall } from '@ringer/store'
import { expect } from 'vitest'
import { APP_ID, SESSION_ID } from '../../../payloads/test/webhooks.ts'
import { describeStore } from '../describe-store.ts'
import { CALLED_AT, ringToClaim } from './claim-ring.ts'

describeStore('a note on a call', it => {
  it('is recorded although nobody was rung', async ({ store }) => {
    const { calls } = store
    await calls.setCallNote(
      APP_ID,
      SESSION_ID,
      'group-members-unknown',
      'the group was not rung: größer als "1,000" \\ 🦊',
    )
    expect(await calls.read(APP_ID, SESSION_ID)).toEqual({
      appId: APP_ID,
      sessionId: SESSION_ID,
      why: 'group-members-unknown',
      note: 'the group was not rung: größer als "1,000" \\ 🦊',
      rings: [],
    })
  })

  it('is kept with the rings and the end; a later note replaces it', async ({ store }) => {
    const { calls } = store
    await calls.setCallNote(APP_ID, SESSION_ID, 'group-members-unknown', 'asked again')
    await calls.claim('job-1', ringToClaim())
    await calls.end('job-end', APP_ID, { kind: 'end', action: 'cancelled', sessionId: SESSION_ID }, CALLED_AT)
    await calls.setCallNote(APP_ID, SESSION_ID, 'group-members-unknown', '20 members were not rung')
    expect(await calls.read(APP_ID, SESSION_ID)).toMatchObject({
      note: '20 members were not rung',
      end: { action: 'cancelled' },
      rings: [{ recipient: 'bob', state: 'ended' }],
    })
  })

  it('does not affect rings', async ({ store }) => {
    const { calls } = store
    await calls.setCallNote(APP_ID, SESSION_ID, 'group-members-unknown', 'nobody is known')
    expect(await calls.claim('job-1', ringToClaim())).toMatchObject({ claim: 'claimed', state: 'ringing' })
  })

  it('expires with the record', async ({ store }) => {
    const { calls, redis, keys } = store
    await calls.setCallNote(APP_ID, SESSION_ID, 'group-members-unknown', 'nobody is known')
    const life = await redis.pttl(keys.call(APP_ID, SESSION_ID))
    expect(life).toBeGreaterThan(23 * 3_600_000)
    expect(life).toBeLessThanOrEqual(24 * 3_600_000)
  })
})

describeStore('a call of one of several tenants', it => {
  it('is found in the tenant that it belongs to', async ({ store }) => {
    const { calls } = store
    await calls.claim('job-1', ringToClaim())
    const lists = [['app-1', APP_ID], [APP_ID, 'app-1'], [APP_ID]]
    for (const appIds of lists) {
      expect(await readCall(calls, appIds, SESSION_ID)).toMatchObject({
        appId: APP_ID,
        sessionId: SESSION_ID,
      })
    }
  })

  it('is not found with other tenants, with an unknown session id or with no tenant', async ({ store }) => {
    const { calls } = store
    await calls.claim('job-1', ringToClaim())
    expect(await readCall(calls, ['app-1', 'app-2'], SESSION_ID)).toBeUndefined()
    expect(await readCall(calls, [APP_ID], 'v1.eu.unheard-of')).toBeUndefined()
    expect(await readCall(calls, [], SESSION_ID)).toBeUndefined()
  })
})
