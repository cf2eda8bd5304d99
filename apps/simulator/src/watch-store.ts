import { type CallRecords, type RedisClient, watchCalls } from '@ringer/store'
import type { ReadCall, WatchCalls } from './timeline/watch-calls.ts'

/**
 * Connects the page to Ringer's own records: every job that ends in Redis tells which call moved, and that call is
 * read. `close` ends all that was opened here.
 */
export function watchStore(deps: {
  redis: RedisClient
  prefix: string
  records: CallRecords
  appId: string | undefined
}): { watchCalls: WatchCalls; readCall: ReadCall; close: () => Promise<void> } {
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
    close: watching.close,
  }
}
