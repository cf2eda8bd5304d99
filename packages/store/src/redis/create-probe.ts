import type { RedisClient } from './connect.ts'

/**
 * Tells whether Redis accepts writes: true, or in Redis's own words why it refuses them, or false if it did not answer. Resolves
 * within the limit and never rejects.
 */
export type Probe = (limitMs: number) => Promise<boolean | string>

/**
 * Creates a probe that writes to the slot of Ringer's keys. A PING would not be enough: a master that became a replica
 * answers it, and so do a master whose disk or memory is full and every other node of a Cluster. Writing an empty string to
 * a key that does not exist does not create the key.
 *
 * @param prefix the prefix of all keys
 */
export function createProbe(client: RedisClient, prefix: string): Probe {
  // Probes share the write that is under way, so that they do not pile up while Redis is away.
  let pending: Promise<boolean | string> | undefined
  const write = () => {
    pending ??= client
      .setrange(`${prefix}:probe`, 0, '')
      .then(
        () => true,
        (error: Error) => error.name === 'ReplyError' && withoutUser(error.message),
      )
      .finally(() => {
        pending = undefined
      })
    return pending
  }
  return async limitMs => {
    if (client.status !== 'ready') return false
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<false>(resolve => {
      timer = setTimeout(resolve, limitMs, false)
    })
    return Promise.race([write(), limit]).finally(() => clearTimeout(timer))
  }
}

/** NOPERM names the user. */
const withoutUser = (words: string) => words.replace(/\buser \S+ has/i, 'the user has')
