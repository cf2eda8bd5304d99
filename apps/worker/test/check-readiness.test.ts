import { expect, it } from 'vitest'
import { checkReadiness } from '../src/check-readiness.ts'

const backlogOf = async (leaves: string[], oldestMs: Record<string, number>) => {
  const worker = {
    isRunning: () => true,
    pausedQueues: () => leaves,
    readBacklog: async () => oldestMs,
  }
  return (await checkReadiness(worker, async () => true)).backlog
}

// A restart would not help, and a deploy that waits for readiness would never finish.
it('a worker stays ready while jobs wait for a provider that it cannot reach', async () => {
  const oldestMs = { calls: 0, 'pushes-apns': 15_000 }
  expect(await backlogOf(['pushes-apns', 'alerts-apns'], oldestMs)).toEqual({ ready: true, oldestMs })
})

it('a worker is not ready while jobs wait that it could take, although it leaves others', async () => {
  const oldestMs = { calls: 0, 'pushes-apns': 15_000, 'pushes-fcm': 10_001 }
  expect(await backlogOf(['pushes-apns', 'alerts-apns'], oldestMs)).toEqual({ ready: false, oldestMs })
})
