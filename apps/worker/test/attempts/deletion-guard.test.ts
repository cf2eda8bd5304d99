import { expect, it } from 'vitest'
import { createDeletionGuard } from '../../src/attempts/create-deletion-guard.ts'

const MINUTE_MS = 60_000

function guardAt(start = 1_800_000_000_000) {
  let now = start
  const guard = createDeletionGuard(() => now)
  return {
    guard,
    pass: (ms: number) => {
      now += ms
    },
    forget: (times: number) => Array.from({ length: times }, () => guard.mayForget()).filter(Boolean).length,
  }
}

it('the deletion guard allows tokens to die one by one', () => {
  const { guard, forget } = guardAt()
  for (let index = 0; index < 1_000; index++) {
    guard.accepted()
    if (index % 3 === 0) expect(forget(1)).toBe(1)
  }
})

// F21: with the key of another team, every token that is rung is reported dead.
it('the deletion guard allows twenty sudden deletions at most', () => {
  expect(guardAt().forget(500)).toBe(20)
})

it('the deletion guard allows as many deletions as pushes were accepted, if that is more', () => {
  const { guard, forget } = guardAt()
  for (let index = 0; index < 50; index++) guard.accepted()
  expect(forget(500)).toBe(50)
})

it('the deletion guard starts a new count after ten minutes', () => {
  const { forget, pass } = guardAt()
  expect(forget(500)).toBe(20)
  pass(10 * MINUTE_MS - 1)
  expect(forget(500)).toBe(0)
  pass(1)
  expect(forget(500)).toBe(20)
})
