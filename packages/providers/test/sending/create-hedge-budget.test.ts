import { beforeEach, describe, expect, it } from 'vitest'
import { createHedgeBudget, type HedgeBudget } from '../../src/sending/create-hedge-budget.ts'

let now: number
let budget: HedgeBudget
beforeEach(() => {
  now = 1_000_000
  budget = createHedgeBudget(() => now)
})

/** Pushes that the provider answers in this time. */
const answered = (count: number, afterMs: number) => {
  for (let push = 0; push < count; push += 1) {
    budget.pushed()
    now += afterMs
    budget.ended(afterMs)
  }
}
const takes = (times: number, unansweredMs = 1_000) =>
  Array.from({ length: times }, () => budget.take(unansweredMs)).filter(Boolean).length

describe('the budget for second attempts', () => {
  it('allows the first few', () => {
    budget.pushed()
    expect(takes(10)).toBe(2)
  })

  it('allows about one in twenty pushes after the first few, and does not save up unused ones', () => {
    budget.pushed()
    takes(2)
    answered(24, 10)
    expect(takes(10)).toBe(0)
    answered(25, 10)
    expect(takes(10)).toBe(1)
    answered(10_000, 10)
    expect(takes(10)).toBe(2)
  })

  it('allows none while a provider is merely slow', () => {
    answered(20, 1_900)
    budget.pushed()
    expect(takes(10, 1_900)).toBe(0)
    expect(takes(10, 2_000)).toBe(2)
  })

  it('forgets slow answers as fast ones arrive', () => {
    answered(1, 5_000)
    answered(100, 20)
    budget.pushed()
    expect(takes(1)).toBe(1)
  })

  it('grows while second attempts win, and shrinks as soon as one was for nothing', () => {
    for (let push = 0; push < 40; push += 1) budget.pushed()
    expect(takes(10)).toBe(2)
    budget.won()
    expect(takes(10)).toBe(4)
    budget.won()
    budget.won()
    expect(takes(20)).toBe(16)
    budget.ended(1_200, true)
    budget.giveBack()
    expect(takes(20, 3_000)).toBeLessThanOrEqual(2)
  })

  it('allows a probe a second when the provider has answered nothing for 4 s', () => {
    budget.pushed()
    takes(2)
    now += 3_900
    expect(takes(3, 3_900)).toBe(0)
    now += 200
    expect(takes(3, 4_100)).toBe(1)
    now += 1_000
    expect(takes(3, 5_100)).toBe(1)
  })
})
