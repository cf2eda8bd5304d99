import { setTimeout as pause } from 'node:timers/promises'
import type { OutageLog } from '@ringer/service'

const RETRY_MS = 100
/** Only a mistake of ours is still refused after this long. */
const LIMIT_MS = 600_000

/**
 * Writes to Redis until Redis accepts it. Redis may refuse writes for a while (NOREPLICAS, OOM, READONLY, LOADING,
 * CLUSTERDOWN), but the outcome of a push is known only here: if it were lost, the push would be sent again.
 *
 * @param outage the log of Redis's outages
 */
export async function persist<T>(write: () => Promise<T>, outage: OutageLog): Promise<T> {
  let failingSince: number | undefined
  for (;;) {
    try {
      const written = await write()
      outage.worked()
      return written
    } catch (error) {
      failingSince ??= performance.now()
      if (performance.now() - failingSince > LIMIT_MS) throw error
      outage.failed(codeOf(error))
      await pause(RETRY_MS)
    }
  }
}

/** Redis's error code. The rest of a message may quote what was written. */
const codeOf = (error: unknown) =>
  /^[A-Z]+\b/.exec(error instanceof Error ? error.message : '')?.[0] ?? 'error'
