import { Queue, type QueueOptions } from 'bullmq'
import type { RedisClient } from '../redis/connect.ts'

/** BullMQ keeps 10,000 events a queue by default, about 2 MB. Nobody needs old ones: they show calls live on a page. */
export const shortStreams: QueueOptions['streams'] = { events: { maxLen: 500 } }

/** Limits the event streams of queues that are filled by processes which do not write a queue's settings. */
export async function limitEventStreams(
  connection: RedisClient,
  prefix: string,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    const queue = new Queue(name, { connection, prefix, streams: shortStreams })
    queue.on('error', () => {})
    // Resolves when the settings have been written.
    await queue.getVersion()
    await queue.close()
  }
}
