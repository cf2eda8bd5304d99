import type { Call } from '../cometchat.ts'
import type { CallEntry } from './call-entry.ts'

/** Enough to look back on; older calls are in Ringer's own records. */
const kept = 50

export type CallBook = {
  open: (call: Call, placedHere: boolean) => CallEntry
  find: (sessionId: string) => CallEntry | undefined
  /** The call that the page shows. */
  newest: () => CallEntry | undefined
}

/** Remembers the latest calls, newest last. */
export function createCallBook(): CallBook {
  const entries = new Map<string, CallEntry>()
  return {
    open: (call, placedHere) => {
      const entry: CallEntry = {
        call,
        placedHere,
        phase: 'ringing',
        deliveries: [],
        rangAt: {},
        ringPushes: { iphone: 0, android: 0 },
        pushes: [],
      }
      entries.set(call.sessionId, entry)
      for (const sessionId of [...entries.keys()].slice(0, -kept)) entries.delete(sessionId)
      return entry
    },
    find: sessionId => entries.get(sessionId),
    newest: () => [...entries.values()].at(-1),
  }
}
