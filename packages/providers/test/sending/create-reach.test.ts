import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createReach, type Reach } from '../../src/sending/create-reach.ts'

let answers: boolean[]
let probes: number
let events: string[]
let reach: Reach
beforeEach(() => {
  vi.useFakeTimers()
  answers = []
  probes = 0
  events = []
  reach = createReach({
    probe: async () => {
      probes += 1
      return answers.shift() ?? false
    },
    onDown: () => events.push('down'),
    onUp: () => events.push('up'),
  })
})
afterEach(() => {
  reach.close()
  vi.useRealTimers()
})

const fail = (times: number) => {
  for (let time = 0; time < times; time += 1) reach.failed()
}

it('a provider is probed after five attempts in a row without an answer, and nothing is sent meanwhile', async () => {
  fail(4)
  reach.answered()
  fail(4)
  expect(reach.isOpen()).toBe(true)
  fail(1)
  expect([reach.isOpen(), reach.isDown(), probes]).toEqual([false, false, 1])
  await vi.advanceTimersByTimeAsync(0)
  expect(reach.isDown()).toBe(true)
  expect(events).toEqual(['down'])
})

it('a provider that answers the first probe was never down', async () => {
  answers = [true]
  reach.suspect()
  await vi.advanceTimersByTimeAsync(0)
  expect([reach.isOpen(), reach.isDown()]).toEqual([true, false])
  expect(events).toEqual(['up'])
})

it('a provider out of reach is probed once a second, by one probe at a time, until it is back', async () => {
  answers = [false, false, true]
  reach.suspect()
  reach.suspect()
  await vi.advanceTimersByTimeAsync(900)
  expect(probes).toBe(1)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(probes).toBe(2)
  expect(reach.isDown()).toBe(true)
  await vi.advanceTimersByTimeAsync(1_000)
  expect([reach.isOpen(), reach.isDown()]).toEqual([true, false])
  expect(events).toEqual(['down', 'up'])
  await vi.advanceTimersByTimeAsync(10_000)
  expect(probes).toBe(3)
  fail(4)
  expect(reach.isOpen()).toBe(true)
})

it('a provider that is known to be out of reach is down at once, and probed a second later', async () => {
  answers = [true]
  reach.goDown()
  expect([reach.isOpen(), reach.isDown(), probes]).toEqual([false, true, 0])
  await vi.advanceTimersByTimeAsync(1_000)
  expect([reach.isOpen(), reach.isDown(), probes]).toEqual([true, false, 1])
  expect(events).toEqual(['down', 'up'])
})

it('no probe follows once the reach is closed', async () => {
  reach.suspect()
  reach.close()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(probes).toBe(1)
})
