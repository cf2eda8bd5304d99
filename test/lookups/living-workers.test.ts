import { readWorkers } from '@ringer/store'
import { expect } from 'vitest'
import { it } from '../world.ts'

const patience = { timeout: 5_000 }

it('a worker is listed with its queues while it takes jobs, and not after it closed', async ({ world }) => {
  const list = async () => (await readWorkers(world.reader, world.keys)).map(({ queues }) => queues.sort())
  expect(await list()).toEqual([])
  const worker = world.addWorker()
  const queues = [
    ...['alerts-apns', 'alerts-fcm', 'alerts-webpush', 'calls', 'groups'],
    ...['pushes-apns', 'pushes-fcm', 'pushes-webpush'],
  ]
  await expect.poll(list, patience).toEqual([queues])
  world.addWorker({ queues: ['calls'] })
  await expect.poll(list, patience).toEqual([queues, ['calls', 'groups']])
  await worker.close()
  expect(await list()).toEqual([['calls', 'groups']])
})
