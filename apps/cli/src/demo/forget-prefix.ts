import { Redis } from 'ioredis'

/** Removes what a demo left in a Redis that belongs to somebody else. */
export async function forgetPrefix(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: () => null })
  redis.on('error', () => {})
  try {
    for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1_000 })) {
      if (keys.length > 0) await redis.unlink(keys)
    }
  } catch {
    // The demo is over and its keys are few: a Redis that is gone takes them along.
  } finally {
    redis.disconnect()
  }
}
