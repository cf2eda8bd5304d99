import { expect, it } from 'vitest'
import { notSent } from '../../src/sending/outcome.ts'
import { takeTurns } from '../../src/sending/take-turns.ts'

const closing = notSent('closing')
const far = () => Date.now() + 30_000

it('waiting work starts as soon as there is room, in order of arrival', async () => {
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

it('waiting work is refused at its deadline', async () => {
  const turns = takeTurns(() => false, Date.now)
  const never = async () => 'done'
  expect(await turns.take(Date.now() + 20, never)).toEqual({
    kind: 'notSent',
    reason: 'the deadline passed while it waited for its turn',
  })
  expect(await turns.take(Date.now(), never)).toEqual({
    kind: 'notSent',
    reason: 'the deadline had passed',
  })
})

it('all waiting work can be refused at once, and does not start later', async () => {
  let open = false
  const turns = takeTurns(() => open, Date.now)
  const waiting = [1, 2, 3].map(number => turns.take(far(), async () => number))
  turns.refuse(closing)
  open = true
  turns.admit()
  expect(await Promise.all(waiting)).toEqual(waiting.map(() => closing))
  expect(await turns.take(far(), async () => 4)).toBe(4)
})
