import type { Call } from '../cometchat.ts'
import type { Handset } from '../phones/handset.ts'
import type { CallEntry } from './call-entry.ts'
import { calledPeople } from './people.ts'

/** Enough to look back on; older calls are in Ringer's own records. */
const kept = 50

export type CallBook = {
  open: (call: Call, placedHere: boolean) => CallEntry
  find: (sessionId: string) => CallEntry | undefined
  /** The call that the page shows. */
  newest: () => CallEntry | undefined
}

/** Remembers the latest calls, newest last. */
export function createCallBook(handsets: readonly Handset[]): CallBook {
  const entries = new Map<string, CallEntry>()
  return {
    open: (call, placedHere) => {
      const people = calledPeople(call)
      const phones = handsets.filter(({ uid }) => people.some(person => person.uid === uid))
      const entry: CallEntry = {
        call,
        placedHere,
        phase: 'ringing',
        members: people.map(person => ({ person, phase: 'ringing' })),
        deliveries: [],
        rangAt: {},
        ringPushes: Object.fromEntries(phones.map(({ id }) => [id, 0])),
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
