import type { RingRecord } from '@ringer/store'
import { describe, expect, it } from 'vitest'
import type { History, Trouble } from '../history.ts'
import { CALLED, cancel, device, kindsOf, push, record, SESSION, webhook } from './bobs-history.ts'

describe('a refused ring', () => {
  const note = 'refused: more than 30 calls a minute from this caller to this recipient (RINGER_BUDGETS)'
  const refused = record({ state: 'refused', note, devices: [] })
  /** Other calls of Alice to Bob within the same minute, whose rings were over before they were claimed. */
  const others = (count: number, changes: Partial<RingRecord> = {}) =>
    Array.from({ length: count }, (_, index) => ({
      webhook: webhook({ sessionId: `other-${index}` }),
      record: record({ sessionId: `other-${index}`, state: 'ended', devices: [], ...changes }),
      end: cancel(CALLED - 10, { sessionId: `other-${index}` }),
    }))
  const behind = (count: number, changes: Partial<RingRecord> = {}): Partial<History> => ({
    pushes: [],
    records: [refused, ...others(count, changes).map(other => other.record)],
    webhooks: [webhook(), ...others(count).flatMap(other => [other.webhook, other.end])],
  })

  it('is not reported as lost if its budget was used up', () => {
    expect(kindsOf(behind(30))).toEqual([])
  })

  it('is reported if its budget had room', () => {
    expect(kindsOf(behind(29))).toEqual(['wrongly refused'])
    expect(kindsOf(behind(30, { receivedAt: CALLED - 60_000 }))).toEqual(['wrongly refused'])
    expect(kindsOf({ ...behind(30), records: [{ ...refused, note: 'refused: no reason' }] })).toContain(
      'wrongly refused',
    )
  })

  it('is reported if it was one of its caller’s first calls, although the budget of its recipient was used up', () => {
    const reason = 'refused: more than 120 calls a minute to this recipient (RINGER_BUDGETS)'
    const records = (count: number) => [
      { ...refused, note: reason },
      ...others(count).map(({ record }) => record),
    ]
    /** Four callers call 30 times each, and Alice calls so often besides. */
    const webhooks = (count: number, own: number) =>
      others(count).flatMap(({ webhook, end }, index) => {
        const caller = index < own ? 'alice' : `caller-${Math.floor((index - own) / 30)}`
        return [{ ...webhook, caller }, end]
      })
    const kindsAfter = (own: number) =>
      kindsOf({
        ...{ pushes: [], records: records(120 + own) },
        webhooks: [webhook({ caller: 'alice' }), ...webhooks(120 + own, own)],
      })
    expect(kindsAfter(3)).toEqual([])
    expect(kindsAfter(2)).toEqual(['wrongly refused'])
  })

  it('is reported as missing if more than each caller’s first three calls ring a recipient whose budget is used up', () => {
    const calls = (callers: number, each: number) => {
      const rung = others(callers * each, { devices: [device('a phone')] })
      return kindsOf({
        ...{ pushes: [], records: rung.map(({ record }) => record) },
        webhooks: rung.flatMap(({ webhook, end }, index) => [
          { ...webhook, caller: `caller-${index % callers}` },
          end,
        ]),
      })
    }
    expect(calls(100, 3)).not.toContain('wrongly refused')
    expect(calls(100, 5)).toContain('wrongly refused')
    expect(calls(401, 3)).toContain('wrongly refused')
  })

  it('is not reported if Redis was killed in that minute', () => {
    const kill: Trouble = { subject: 'redis', kind: 'kill-redis', from: CALLED - 1_000, to: CALLED }
    expect(kindsOf({ ...behind(29), troubles: [kill] })).toEqual([])
  })

  it('is reported as missing if more calls ring than the budget allows', () => {
    const { records = [], ...rest } = behind(31, { devices: [device('a phone')] })
    expect(kindsOf({ ...rest, records: records.slice(1) })).toContain('wrongly refused')
  })

  it('is not required if the call was over before', () => {
    const { records = [], ...rest } = behind(31)
    expect(kindsOf({ ...rest, records: records.slice(1) })).not.toContain('wrongly refused')
  })

  it('is reported if a phone was rung', () => {
    expect(kindsOf({ ...behind(30), pushes: [push()] })).toEqual(['unrecorded'])
  })

  it('needs no record if its whole group was refused, and the group’s budget was used up', () => {
    const reason =
      'the group was not rung: refused: more than 10 calls a minute to this group (RINGER_BUDGETS)'
    const groupNotes = new Map([[SESSION, reason]])
    const called = { group: 'club', caller: 'alice' }
    const calls = others(10)
    const changes = (count: number): Partial<History> => ({
      ...{ pushes: [], groupNotes },
      records: calls.slice(0, count).map(other => other.record),
      webhooks: [
        webhook(called),
        ...calls.slice(0, count).flatMap(other => [{ ...other.webhook, ...called }, other.end]),
      ],
    })
    expect(kindsOf(changes(10))).toEqual([])
    expect(kindsOf(changes(9))).toContain('wrongly refused')
    // Its webhook was stored before it was sent again, or a minute later.
    const again = webhook({
      ...called,
      sentAt: CALLED + 60_000,
      answeredAt: CALLED + 60_010,
      answer: 'duplicate',
    })
    const { webhooks = [], ...rest } = changes(10)
    expect(kindsOf({ ...rest, webhooks: [...webhooks, again] })).not.toContain('wrongly refused')
  })
})
