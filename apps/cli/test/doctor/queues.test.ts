import { connectFailFast, createCallQueue, waitUntilReady } from '@ringer/store'
import { expect, onTestFinished } from 'vitest'
import { ringEvent } from '../../../../packages/payloads/test/ring-events.ts'
import { expectFault, it, resultOf, type Stage } from './stage.ts'

/** Stores a call that arrived this long ago. */
async function enqueue({ world }: Stage, agoMs: number) {
  const redis = connectFailFast(world.target, 5_000)
  await waitUntilReady(redis, 5_000)
  const queue = createCallQueue(redis, world.prefix)
  const receivedAt = Date.now() - agoMs
  await queue.enqueue({
    ...{ appId: 'default', receivedAt, deadline: receivedAt + 30_000 },
    event: ringEvent({ sentAt: receivedAt }),
  })
  await queue.close()
  onTestFinished(() => redis.disconnect())
}

it('queues without a worker are named, and stay as they were', async ({ stage }) => {
  const diagnosis = await stage.examine({}, { queues: true })
  for (const name of ['calls', 'groups', 'pushes-apns', 'alerts-apns', 'pushes-fcm', 'alerts-fcm'])
    expectFault(diagnosis, `queue ${name}`, {
      sentence: /no worker consumes the queue/,
      fix: /start a worker/,
    })
  expect(await stage.world.reader.keys(`${stage.world.prefix}:*:marker`)).toEqual([])
})

it('a call that waits without a worker is named with its age, and rings when a worker comes', async ({
  stage,
}) => {
  const { world } = stage
  await enqueue(stage, 12_000)
  expectFault(await stage.examine({}, { queues: true }), 'queue calls', {
    sentence: /no worker consumes the queue, and a job has waited for 1\d s/,
    fix: /start a worker/,
  })
  world.addWorker()
  await expect.poll(() => world.reader.llen(`${world.prefix}:calls:wait`)).toBe(0)
})

it('a queue that no worker serves is named, because of WORKER_QUEUES', async ({ stage }) => {
  const worker = stage.world.addWorker({ queues: ['calls', 'pushes-fcm'] })
  await worker.connected
  const diagnosis = await stage.examine({}, { queues: true })
  for (const name of ['calls', 'groups', 'pushes-fcm', 'alerts-fcm'])
    expect(resultOf(diagnosis, `queue ${name}`).state, name).toBe('ok')
  expectFault(diagnosis, 'queue pushes-apns', { sentence: /no worker/, fix: /WORKER_QUEUES.*pushes-apns/ })
  expectFault(diagnosis, 'queue alerts-apns', { sentence: /no worker/, fix: /WORKER_QUEUES.*pushes-apns/ })
})

it('a call that rings while the doctor looks rings once', async ({ stage }) => {
  const { world } = stage
  const worker = world.addWorker()
  await worker.connected
  const [diagnosis] = await Promise.all([stage.examine({}, { queues: true }), enqueue(stage, 0)])
  expect(resultOf(diagnosis, 'queue calls').state).toBe('ok')
  await expect.poll(() => world.reader.keys(`${world.prefix}:ring:*`)).toHaveLength(1)
})
