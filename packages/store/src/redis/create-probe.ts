import type { RedisClient } from './connect.ts'

/** Whether Redis takes writes, answered within the limit. Never throws, never hangs. */
export type Probe = (limitMs: number) => Promise<boolean>

/**
 * Asks with a write, to the slot where Ringer's keys lie. A ping would be answered as well by a master that became a
 * replica, by one whose disk or memory is full, and by any other node of a Cluster. Nothing written at the end of a
 * string that is not there leaves no key behind.
 *
 * @param prefix of every key
 */
export function createProbe(client: RedisClient, prefix: string): Probe {
  // One that waits for Redis to come back answers for those that come after it, instead of a queue of them.
  let asked: Promise<boolean> | undefined
  const ask = () => {
    asked ??= client
      .setrange(`${prefix}:probe`, 0, '')
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        asked = undefined
      })
    return asked
  }
  return async limitMs => {
    if (client.status !== 'ready') return false
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<boolean>(resolve => {
      timer = setTimeout(resolve, limitMs, false)
    })
    return Promise.race([ask(), limit]).finally(() => clearTimeout(timer))
  }
}
