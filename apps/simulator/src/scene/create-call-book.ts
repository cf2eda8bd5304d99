import type { Handset } from '../phones/handset.ts'
import type { CallEntry } from './call-entry.ts'
import { calledPeople, type NamedCall } from './people.ts'

/** Older calls can be read from Ringer's own records. */
const MAX_CALLS = 50

export interface CallBook {
  /** Adds a call, which then counts as ringing. */
  open: (call: NamedCall, placedHere: boolean) => CallEntry
  find: (sessionId: string) => CallEntry | undefined
  /** The call that the page shows. */
  newest: () => CallEntry | undefined
}

/** Keeps the latest calls. */
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
      for (const sessionId of [...entries.keys()].slice(0, -MAX_CALLS)) entries.delete(sessionId)
      return entry
    },
    find: sessionId => entries.get(sessionId),
    newest: () => [...entries.values()].at(-1),
  }
}
