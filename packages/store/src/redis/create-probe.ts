import type { RedisClient } from './connect.ts'

/** Tells whether Redis accepts writes. Resolves within the limit and never rejects. */
export type Probe = (limitMs: number) => Promise<boolean>

/**
 * Creates a probe that writes to the slot of Ringer's keys. A PING would not be enough: a master that became a replica
 * answers it, and so do a master whose disk or memory is full and every other node of a Cluster. Writing an empty string to
 * a key that does not exist does not create the key.
 *
 * @param prefix the prefix of all keys
 * @param onAnswer called with the error of each write, or undefined if it was accepted
 */
export function createProbe(
  client: RedisClient,
  prefix: string,
  onAnswer: (error?: unknown) => void = () => undefined,
): Probe {
  // Probes share the write that is under way, so that they do not pile up while Redis is away.
  let pending: Promise<boolean> | undefined
  const write = () => {
    pending ??= client
      .setrange(`${prefix}:probe`, 0, '')
      .then(
        () => {
          onAnswer()
          return true
        },
        error => {
          onAnswer(error)
          return false
        },
      )
      .finally(() => {
        pending = undefined
      })
    return pending
  }
  return async limitMs => {
    if (client.status !== 'ready') return false
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<boolean>(resolve => {
      timer = setTimeout(resolve, limitMs, false)
    })
    return Promise.race([write(), limit]).finally(() => clearTimeout(timer))
  }
}
