import { beforeEach, expect, it } from 'vitest'
import { type Breaker, createBreaker } from '../../src/pushes/create-breaker.ts'

let now: number
let breaker: Breaker
beforeEach(() => {
  now = 1_000_000
  breaker = createBreaker(() => now)
})

const far = () => now + 30_000
const fail = (times: number) => {
  for (let time = 0; time < times; time += 1) breaker.failed()
}

it('lets everything through until five attempts in a row came back without an answer', () => {
  fail(4)
  expect(breaker.restMs(far())).toBe(0)
  breaker.answered()
  fail(4)
  expect(breaker.restMs(far())).toBe(0)
  fail(1)
  expect(breaker.restMs(far())).toBe(1_000)
})

it('lets one attempt a second through then, and everything after the first answer', () => {
  fail(5)
  now += 400
  expect(breaker.restMs(far())).toBe(600)
  now += 600
  expect([breaker.restMs(far()), breaker.restMs(far())]).toEqual([0, 1_000])
  now += 300
  breaker.failed()
  expect(breaker.restMs(far())).toBe(700)
  breaker.answered()
  expect([breaker.restMs(far()), breaker.restMs(far())]).toEqual([0, 0])
})

it('holds nothing off that could not be made any more afterwards', () => {
  fail(5)
  expect(breaker.restMs(now + 1_000)).toBe(0)
  expect(breaker.restMs(now + 1_001)).toBe(1_000)
})
