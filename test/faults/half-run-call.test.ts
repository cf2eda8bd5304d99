import { parseWebhook } from '@ringer/payloads'
import { createLogger } from '@ringer/service'
import { createPushQueues, type PushQueues } from '@ringer/store'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type CallResult, handleCall } from '../../apps/worker/src/calls/handle-call.ts'
import { createWorkerMetrics } from '../../apps/worker/src/metrics.ts'
import { ended, initiated, register, tokens } from '../webhooks.ts'
import { startWorld, type World } from '../world.ts'

const sessionId = 'v1.eu.9f86d081884c7d65'
const dying: PushQueues = { enqueue: () => Promise.reject(new Error('killed')), close: async () => {} }

let world: World
let pushQueues: PushQueues
beforeEach(async () => {
  world = await startWorld()
  pushQueues = createPushQueues(world.reader, world.prefix)
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
})
afterEach(async () => {
  await pushQueues.close()
  await world.close()
})

/** Does what a worker does with a webhook's job, up to where it dies, if it does. */
function handle(jobId: string, webhook: unknown, queues = pushQueues): Promise<CallResult> {
  const parsed = parseWebhook(webhook)
  if (parsed.status !== 'event') throw new Error('the test sends events only')
  const receivedAt = Date.now()
  const job = { appId: 'default', event: parsed.event, receivedAt, deadline: receivedAt + 30_000 }
  return handleCall(
    { jobId, job },
    {
      log: createLogger('test', 'silent'),
      records: world.records,
      devices: world.devices,
      pushQueues: queues,
      app: world.workerApp(),
      metrics: createWorkerMetrics(),
      clock: Date.now,
    },
  )
}

const outcomes = async () => {
  const call = await world.records.read('default', sessionId)
  return call?.rings[0]?.devices.map(device => device.outcome)
}

// The worker died between the record and the queue, the caller hung up, and the phone stayed on record as queued for good.
it('settles what a dead worker had put on record, although the call is over by then', async () => {
  await expect(handle('job-1', initiated({ sessionId }), dying)).rejects.toThrow('killed')
  expect(await outcomes()).toEqual(['queued'])
  await handle('job-2', ended('cancelled', sessionId))
  await handle('job-1', initiated({ sessionId }))
  world.addWorker()
  await expect.poll(outcomes, { timeout: 5_000 }).toEqual(['skipped'])
  expect(world.fcm.received).toHaveLength(0)
})
