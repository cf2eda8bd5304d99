import { describe, expect, it } from 'vitest'
import { checkOnce } from '../report/check-once.ts'

const calls = [
  { sessionId: 'first', phones: ['a', 'b'] },
  { sessionId: 'second', phones: ['a'] },
]
const right = { sessions: ['second', 'first', 'first'], phones: ['a', 'a', 'b'] }

const check = (sessions: string[], phones: string[]) => () => checkOnce(calls, { sessions, phones })

describe('checkOnce', () => {
  it('accepts one push for each phone of each call, in any order', () => {
    expect(() => checkOnce(calls, right)).not.toThrow()
  })

  it('counts missing pushes', () => {
    expect(check(['first'], ['a'])).toThrow('of 3 pushes 2 are missing, 0 came twice')
  })

  it('counts doubled pushes', () => {
    expect(check([...right.sessions, 'first'], [...right.phones, 'b'])).toThrow('0 are missing, 1 came twice')
  })

  it('counts pushes that belong to no call', () => {
    expect(check([...right.sessions, 'second'], [...right.phones, 'b'])).toThrow('and 1 were not expected')
  })
})
