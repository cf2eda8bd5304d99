import { expect, it } from 'vitest'
import { takeTurns } from '../../src/pushes/take-turns.ts'

const far = () => Date.now() + 30_000

it('lets in as many as there is room for, in the order in which they came', async () => {
  let room = 2
  const order: number[] = []
  const turns = takeTurns(() => room > 0, Date.now)
  const work = (number: number) => async () => {
    room -= 1
    order.push(number)
    await Promise.resolve()
    room += 1
    turns.admit()
    return number
  }
  const results = await Promise.all([1, 2, 3, 4, 5].map(number => turns.take(far(), work(number))))
  expect(results).toEqual([1, 2, 3, 4, 5])
  expect(order).toEqual([1, 2, 3, 4, 5])
})

it('sends away at its deadline who has not had a turn', async () => {
  const turns = takeTurns(() => false, Date.now)
  const never = async () => 'done'
  expect(await turns.take(Date.now() + 20, never)).toEqual({
    refused: 'the deadline passed while it waited for its turn',
  })
  expect(await turns.take(Date.now(), never)).toEqual({ refused: 'the deadline had passed' })
})

it('sends everybody away when it is told to, and nobody twice', async () => {
  let open = false
  const turns = takeTurns(() => open, Date.now)
  const waiting = [1, 2, 3].map(number => turns.take(far(), async () => number))
  turns.refuse('closing')
  open = true
  turns.admit()
  expect(await Promise.all(waiting)).toEqual(waiting.map(() => ({ refused: 'closing' })))
  expect(await turns.take(far(), async () => 4)).toBe(4)
})
