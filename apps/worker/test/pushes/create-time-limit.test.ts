import { expect, it } from 'vitest'
import { createTimeLimit } from '../../src/pushes/create-time-limit.ts'

it('is over after its time, for each wait by itself', async () => {
  const limit = createTimeLimit(200)
  const startedAt = performance.now()
  const waits = [1, 2, 3].map(
    () => new Promise<number>(resolve => limit.start(() => resolve(performance.now() - startedAt))),
  )
  const ended = limit.start(() => expect.unreachable())
  ended()
  for (const ms of await Promise.all(waits)) expect(ms).toBeGreaterThanOrEqual(195)
})

// A process that had been held up gave up, on waking, what had long been answered.
it('does not run while the process is not listening', async () => {
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
