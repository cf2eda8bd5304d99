import type { RedisClient } from '../redis/connect.ts'
import { runScript } from '../redis/run-script.ts'
import { SET_PRIORITY } from './scripts.ts'

/** Gives a job that is being handled another priority, for when it waits again. */
export async function setPriority(
  redis: RedisClient,
  { prefix, queue, jobId, priority }: { prefix: string; queue: string; jobId: string; priority: number },
): Promise<void> {
  await runScript(redis, SET_PRIORITY, [`${prefix}:${queue}:${jobId}`], [priority])
}
