import { setTimeout as delay } from 'node:timers/promises'
import { type CallRecords, type RedisClient, watchCalls } from '@ringer/store'
import type { ReadCall, WatchCalls } from './timeline/watch-calls.ts'

const closeLimitMs = 1_000

/** What `startWorld` wants to know of Ringer's records. */
export type StoreWatch = {
  watchCalls: WatchCalls
  readCall: ReadCall
  /** Resolves once changes are heard; those before it are missed. Waits for Redis as long as it takes. */
  ready: () => Promise<void>
  close: () => Promise<void>
}

/**
 * Connects the page to Ringer's own records in Redis: every job that ends tells which call moved, and that call is
 * read. `close` ends what was opened here; the connection given stays open.
 */
export function watchStore(deps: {
  /** From connectPatient. */
  redis: RedisClient
  /** `RINGER_PREFIX` */
  prefix: string
  records: CallRecords
  /** `COMETCHAT_APP_ID`, if the ingress has one. */
  appId: string | undefined
}): StoreWatch {
  const listeners = new Set<(sessionId: string) => void>()
  const watching = watchCalls(deps.redis, deps.prefix, sessionId => {
    for (const listener of listeners) listener(sessionId)
  })
  return {
    watchCalls: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    readCall: sessionId => deps.records.read(deps.appId ?? 'default', sessionId),
    ready: watching.ready,
    close: async () => {
      // Without Redis, BullMQ would wait for a connection before it closes it.
      await Promise.race([watching.close(), delay(closeLimitMs, undefined, { ref: false })])
    },
  }
}
