import { Redis } from 'ioredis'

/** Removes a demo's keys from a Redis that the demo did not start. */
export async function forgetPrefix(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: () => null })
  redis.on('error', () => {})
  try {
    for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1_000 })) {
      if (keys.length > 0) await redis.unlink(keys)
    }
  } catch {
    // The demo is over and has few keys. If Redis is gone, so are they.
  } finally {
    redis.disconnect()
  }
}
