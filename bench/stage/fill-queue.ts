import { connectPatient, createCallQueue } from '@ringer/store'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import type { BareJob } from '../bare/worker.ts'
import { type BenchCall, jobOf } from './calls.ts'
import type { BenchStage } from './start-bench-stage.ts'

/** How many calls are on their way to Redis at once. */
const AT_ONCE = 200

export type FillQueue = (calls: readonly BenchCall[]) => Promise<void>

/** Stores calls as Ringer's ingress does. */
export async function fillRingerQueue(
  { redis, prefix }: BenchStage,
  calls: readonly BenchCall[],
): Promise<void> {
  const client = connectPatient({ kind: 'single', url: redis.url })
  const queue = createCallQueue(client, prefix)
  await inTurn(calls, async call => {
    const stored = await queue.enqueue(jobOf(call, Date.now()))
    if (stored !== 'queued') throw new Error(`a call of the bench was stored as ${stored}`)
  })
  await queue.close()
  client.disconnect()
}

/** Stores the same calls as jobs of a bare BullMQ worker, each with a plain `queue.add`. */
export async function fillBareQueue({ redis }: BenchStage, calls: readonly BenchCall[]): Promise<void> {
  const client = new Redis(redis.url)
  const queue = new Queue<BareJob>('bare', { connection: client })
  await inTurn(calls, ({ sessionId, uid, phones }) => {
    const job = jobOf({ sessionId, uid }, Date.now())
    return queue.add('call', { ...job, sessionId, uid, phones, callerName: 'Alice Example' })
  })
  await queue.close()
  client.disconnect()
}

async function inTurn(calls: readonly BenchCall[], store: (call: BenchCall) => Promise<unknown>) {
  const waiting = calls.values()
  const work = async () => {
    for (const call of waiting) await store(call)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}
