import { type Budgets, createShares } from '@ringer/store'
import { describe, expect, it } from 'vitest'
import { APP_ID } from '../../../payloads/test/webhooks.ts'
import { ringToClaim } from '../calls/claim-ring.ts'

const budgets: Budgets = { pair: 30, caller: 12, recipient: 120, group: 6 }
const club = { uid: 'chess-club', type: 'group' as const }

function sharesAt(start = 0, limits: Budgets | undefined = budgets) {
  const clock = { now: start }
  const shares = createShares(
    () => limits,
    () => clock.now,
  )
  const call = (sessionId: string, event: Parameters<typeof ringToClaim>[0] = {}) =>
    shares.isOver({ appId: APP_ID, event: ringToClaim({ sessionId, ...event }).event })
  return { clock, shares, call }
}

describe('a caller’s share', () => {
  it('is a sixth of a minute’s budget in ten seconds', () => {
    const { call, clock } = sharesAt()
    const to = (uid: string) => call(`to-${uid}`, { receiver: { uid, type: 'user' } })
    expect(['u1', 'u2', 'u3'].map(to)).toEqual([false, false, true])
    expect(call('s4', { caller: { uid: 'carol' } })).toBe(false)
    clock.now += 10_000
    expect(to('u4')).toBe(false)
  })

  it('is smaller for calls to one recipient', () => {
    const { call } = sharesAt(0, { ...budgets, caller: 1_000, pair: 12 })
    expect([call('s1'), call('s2'), call('s3')]).toEqual([false, false, true])
    expect(call('s4', { receiver: { uid: 'dave', type: 'user' } })).toBe(false)
  })

  it('is not used up by the requests for each member of one group call', () => {
    const { call } = sharesAt()
    const members = Array.from({ length: 50 }, (_, index) =>
      call('g1', { receiver: club, recipient: `m${index}` }),
    )
    expect(members).not.toContain(true)
    expect(call('g2', { receiver: club })).toBe(true)
  })

  it('does not exist for ends and answers, nor without budgets', () => {
    const { shares, call } = sharesAt()
    for (const session of ['s1', 's2', 's3']) call(session)
    const end = { kind: 'end', action: 'cancelled', sessionId: 's3' } as const
    expect(shares.isOver({ appId: APP_ID, event: end })).toBe(false)
    const without = createShares(() => undefined)
    const event = ringToClaim().event
    expect(Array.from({ length: 50 }, () => without.isOver({ appId: APP_ID, event }))).not.toContain(true)
  })
})
