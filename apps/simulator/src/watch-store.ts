import { setTimeout as delay } from 'node:timers/promises'
import { providers } from '@ringer/providers'
import { type CallRecord, type CallRecords, type RedisClient, watchCalls } from '@ringer/store'

/** Calls the listener for every change of a call's record. Returns a function that stops it. */
export type WatchCalls = (listener: (sessionId: string) => void) => () => void

/** Reads Ringer's own record of a call, if it has one. */
export type ReadCall = (sessionId: string) => Promise<CallRecord | undefined>

/** How the simulator follows Ringer's records. */
export interface StoreWatch {
  watchCalls: WatchCalls
  readCall: ReadCall
  /** Resolves once changes are seen; earlier ones are missed. Waits for Redis without a limit. */
  ready: () => Promise<void>
  close: () => Promise<void>
}

const CLOSE_LIMIT_MS = 1_000

/**
 * Connects the page to Ringer's own records in Redis: each job that ends names the call that changed, and the page then
 * reads that call's record. `close` ends what this function opened; the connection passed in stays open.
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
  const watching = watchCalls(
    deps.redis,
    deps.prefix,
    providers.map(({ name }) => name),
    sessionId => {
      for (const listener of listeners) listener(sessionId)
    },
  )
  return {
    watchCalls: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    readCall: sessionId => deps.records.read(deps.appId ?? 'default', sessionId),
    ready: watching.ready,
    close: async () => {
      // While Redis is down, BullMQ waits for a connection before it closes it.
      await Promise.race([watching.close(), delay(CLOSE_LIMIT_MS, undefined, { ref: false })])
    },
  }
}
