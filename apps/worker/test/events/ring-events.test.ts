import type { RingRecord } from '@ringer/store'
import { describe, expect, it } from 'vitest'
import { ringEvent } from '../../../../packages/payloads/test/ring-events.ts'
import { ringEvents } from '../../src/events/ring-events.ts'

const RECEIVED = Date.parse('2026-11-29T12:00:00Z')
const DEADLINE = RECEIVED + 30_000

type Phone = RingRecord['devices'][number]
const phone = (deviceId: string, more: Partial<Phone>): Phone => ({
  ...{ deviceId, platform: 'ios', attempt: 1, outcome: 'accepted', settledAt: RECEIVED + 100 },
  ...more,
})

const ringOf = (more: Partial<RingRecord>): RingRecord => ({
  ...{ ringId: 'ring-1', sessionId: 'session-1', recipient: 'bob', state: 'ringing' },
  ...{ receivedAt: RECEIVED, dequeuedAt: RECEIVED + 5, deadline: DEADLINE },
  devices: [phone('one', {})],
  ...more,
})

const eventsAt = (ring: RingRecord, now = RECEIVED + 1_000) =>
  ringEvents({ appId: 'app-1', ring, event: ringEvent({ recipient: 'bob' }) }, now)

const told = (ring: RingRecord, now?: number) =>
  eventsAt(ring, now).map(({ type, occurredAt }) => `${type} +${Date.parse(occurredAt) - RECEIVED}`)

describe('the events of a ring', () => {
  it('has the phone that accepted first, whatever the order of the record', () => {
    const devices = [phone('late', { settledAt: RECEIVED + 900 }), phone('first', { platform: 'android' })]
    const [accepted] = eventsAt(ringOf({ devices }))
    expect(accepted?.data).toMatchObject({ deviceId: 'first', platform: 'android' })
    expect(told(ringOf({ devices }))).toEqual(['ring.accepted +100'])
  })

  it('is shown when the first phone reports it, also if its provider never answered', () => {
    const receipts = { shown: { at: RECEIVED + 700 } }
    expect(told(ringOf({ devices: [phone('one', { receipts })] }))).toEqual([
      ...['ring.accepted +100', 'ring.shown +700'],
    ])
    const unanswered = phone('one', { outcome: 'expired', settledAt: DEADLINE, receipts })
    expect(told(ringOf({ devices: [unanswered] }), DEADLINE)).toEqual([
      'ring.shown +700',
      'ring.missed +30000',
    ])
  })

  it('is missed at the deadline, not before, and not if somebody answered', () => {
    expect(told(ringOf({}), DEADLINE - 1)).toEqual(['ring.accepted +100'])
    expect(told(ringOf({}), DEADLINE)).toEqual(['ring.accepted +100', 'ring.missed +30000'])
    expect(told(ringOf({ state: 'answered', answeredAt: RECEIVED + 4_000 }), DEADLINE)).toEqual([
      ...['ring.accepted +100', 'ring.answered +4000'],
    ])
  })

  it.each([
    ['cancelled', true],
    ['unanswered', true],
    ['rejected', false],
    ['busy', false],
    ['ended', false],
  ] as const)('that ends with %s is missed: %s', (endAction, isMissed) => {
    const ring = ringOf({ state: 'ended', endAction, endedAt: RECEIVED + 9_000 })
    const missed = isMissed ? ['ring.missed +9000'] : []
    expect(told(ring, DEADLINE + 1_000)).toEqual(['ring.accepted +100', 'ring.ended +9000', ...missed])
  })

  it('fails when its last phone is settled, with the diagnosis, and not while one may still ring', () => {
    const dead = phone('one', { outcome: 'unregistered', settledAt: RECEIVED + 200 })
    const open = phone('two', { outcome: 'retryable', settledAt: undefined })
    expect(told(ringOf({ devices: [dead, open] }))).toEqual([])
    expect(told(ringOf({ devices: [dead, open] }), DEADLINE)).toEqual(['ring.failed +30000'])
    const [failed] = eventsAt(ringOf({ devices: [dead] }))
    expect(failed).toMatchObject({ type: 'ring.failed', data: { diagnosis: { code: 'token-dead' } } })
  })

  it.each([
    [{ why: 'no-device' as const }, 'no-device'],
    [{ state: 'refused' as const, why: 'over-budget' as const }, 'over-budget'],
    [{ state: 'expired' as const }, 'expired-before-worker'],
  ])('fails without a phone: %o', (more, code) => {
    const [failed] = eventsAt(ringOf({ devices: [], ...more }))
    expect(failed).toMatchObject({ type: 'ring.failed', data: { diagnosis: { code } } })
  })

  it('does not fail if it was over before a phone was rung', () => {
    const ring = ringOf({ devices: [], state: 'ended', endAction: 'cancelled', endedAt: RECEIVED + 1 })
    expect(told(ring)).toEqual(['ring.ended +1'])
  })

  it('have the same ids on every look, and others for a later call of the same session', () => {
    const ids = (ring: RingRecord, now?: number) => eventsAt(ring, now).map(({ id }) => id)
    const first = ids(ringOf({}))
    expect(ids(ringOf({}), DEADLINE).slice(0, 1)).toEqual(first)
    expect(ids(ringOf({ deadline: DEADLINE + 600_000 }))).not.toEqual(first)
  })
})
