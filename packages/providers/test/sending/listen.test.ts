import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Departure, listen } from '../../src/sending/listen.ts'

type Answer = 'accepted' | 'broken'

const departure = (answer: Promise<Answer>): Departure<Answer> => ({ answer, cancel: () => {} })

/** Listens to an attempt. Further ones start as `second` says, which gets their number from 2 on. */
async function listenTo(first: Promise<Answer>, second: (number: number) => Promise<Answer>) {
  const startedAt: number[] = [performance.now()]
  const heard = await listen(departure(first), {
    second: async () => departure(second(startedAt.push(performance.now()))),
    outcomeOf: answer => (answer === 'accepted' ? { kind: 'accepted', status: 200 } : undefined),
    end: new Promise(() => {}),
  })
  return { heard, startedAt }
}

describe('a push whose first attempt breaks', () => {
  // The connection of the first one was found dead in the moment in which the second one left: the phone was pushed three times.
  it('is not attempted a third time while the second attempt is young', async () => {
    const first = Promise.withResolvers<Answer>()
    const { heard, startedAt } = await listenTo(first.promise, () => {
      first.resolve('broken')
      return delay(500, 'accepted' as const)
    })
    expect(heard).toEqual({ answer: 'accepted', by: 'second', isHedged: true })
    expect(startedAt).toHaveLength(2)
  })

  it('is attempted a third time when the second attempt has been unanswered for a second', async () => {
    const first = Promise.withResolvers<Answer>()
    const { startedAt } = await listenTo(first.promise, number => {
      if (number === 3) return Promise.resolve('accepted')
      first.resolve('broken')
      return new Promise(() => {})
    })
    const [, second = 0, third = 0] = startedAt
    expect(third - second).toBeGreaterThan(900)
  })
})

it('a push whose second attempt breaks is attempted a third time at once', async () => {
  const { startedAt } = await listenTo(new Promise(() => {}), async number =>
    number === 2 ? 'broken' : 'accepted',
  )
  const [first = 0, second = 0, third = 0] = startedAt
  expect(third - second).toBeLessThan(second - first)
})
