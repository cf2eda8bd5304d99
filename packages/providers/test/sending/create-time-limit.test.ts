import { expect, it } from 'vitest'
import { createTimeLimit } from '../../src/sending/create-time-limit.ts'

it('a time limit ends each wait after its own time', async () => {
  const limit = createTimeLimit(200)
  const startedAt = performance.now()
  const waits = [1, 2, 3].map(
    () => new Promise<number>(resolve => limit.start(() => resolve(performance.now() - startedAt))),
  )
  const ended = limit.start(() => expect.unreachable())
  ended()
  for (const ms of await Promise.all(waits)) expect(ms).toBeGreaterThanOrEqual(195)
})

// When a process woke up after being blocked, it gave up pushes that had been answered long before.
it('a time limit does not run while the process is blocked', async () => {
  const limit = createTimeLimit(200)
  let over = false
  const end = limit.start(() => {
    over = true
  })
  const wakesAt = performance.now() + 600
  while (performance.now() < wakesAt);
  await new Promise(resolve => setTimeout(resolve, 0))
  await new Promise(resolve => setImmediate(resolve))
  expect(over).toBe(false)
  end()
})
