import {
  connectFailFast,
  connectPatient,
  createCallQueue,
  readWorkers,
  startHeartbeat,
  type WorkerRecord,
  waitUntilReady,
} from '@ringer/store'
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

/** Adds a worker that only says that it is alive. */
async function addHeartbeat({ world }: Stage, more: Partial<WorkerRecord>) {
  const record: WorkerRecord = { startedAt: Date.now(), queues: [], leaves: [], version: '0.0.0', ...more }
  const redis = connectPatient(world.target)
  const heartbeat = startHeartbeat(redis, world.keys, () => record)
  await expect.poll(() => readWorkers(world.reader, world.keys)).toHaveLength(1)
  onTestFinished(async () => {
    await heartbeat.close()
    redis.disconnect()
  })
}

it('queues without a worker are named', async ({ stage }) => {
  const diagnosis = await stage.examine()
  for (const name of ['calls', 'groups', 'pushes-apns', 'alerts-apns', 'pushes-fcm', 'alerts-fcm'])
    expectFault(diagnosis, `queue ${name}`, {
      sentence: /no worker runs/,
      fix: /start a worker/,
    })
  expect(await stage.world.reader.keys(`${stage.world.prefix}:*:marker`)).toEqual([])
})

it('a call that waits without a worker is named with its age', async ({ stage }) => {
  await enqueue(stage, 12_000)
  expectFault(await stage.examine(), 'queue calls', {
    sentence: /no worker runs, and a job has waited for 1\d s/,
    fix: /start a worker/,
  })
})

it('a queue that no worker serves is named, because of WORKER_QUEUES', async ({ stage }) => {
  await stage.addWorker({ queues: ['calls', 'pushes-fcm'] })
  const diagnosis = await stage.examine()
  for (const name of ['calls', 'groups', 'pushes-fcm', 'alerts-fcm'])
    expect(resultOf(diagnosis, `queue ${name}`).state, name).toBe('ok')
  expectFault(diagnosis, 'queue pushes-apns', {
    sentence: /no worker serves the queue/,
    fix: /WORKER_QUEUES.*pushes-apns/,
  })
  expectFault(diagnosis, 'queue alerts-apns', {
    sentence: /no worker serves the queue/,
    fix: /WORKER_QUEUES.*pushes-apns/,
  })
})

it('a queue that workers leave to others, because they cannot reach the provider, is named', async ({
  stage,
}) => {
  await addHeartbeat(stage, { queues: ['calls'], leaves: ['pushes-apns', 'alerts-apns'] })
  expectFault(await stage.examine(), 'queue pushes-apns', {
    sentence: /leave the queue to others/,
    fix: /where the workers run/,
  })
})

it.for([
  [5_000, 'warn'],
  [20_000, 'fail'],
] as const)(
  'a call that has waited for %i ms although a worker runs is named',
  async ([agoMs, state], { stage }) => {
    // A worker that is stuck: it is alive, and takes no job.
    await addHeartbeat(stage, { queues: ['calls', 'groups'] })
    await enqueue(stage, agoMs)
    expectFault(await stage.examine(), 'queue calls', {
      state,
      sentence: /1 worker consumes the queue, and a job has waited for \d+ s/,
      fix: /start more workers/,
    })
  },
)
