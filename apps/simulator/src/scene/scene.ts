import type { HandsetStates } from '../phones/create-handset-states.ts'
import type { Trays } from '../phones/create-trays.ts'
import type { Handset } from '../phones/handset.ts'
import type { PhoneId } from '../phones/handset-state.ts'
import type { CallBook } from './create-call-book.ts'
import type { Courier } from './create-courier.ts'
import type { Log } from './create-log.ts'
import type { StateAsker } from './state-asker.ts'

/** What all parts of a simulation share. */
export interface Scene {
  appId: string
  ringSeconds: number
  clock: () => number
  book: CallBook
  /** Every phone on the page. */
  handsets: readonly Handset[]
  phones: HandsetStates
  trays: Trays
  log: Log
  stateAsker: StateAsker
  courier: Courier
  /** Call this after every visible change. */
  changed: () => void
  /** Aborts when the simulation closes. */
  closing: AbortSignal
}

/** Returns the phone with this id. Every id belongs to a phone on the page. */
export function handsetOf({ handsets }: Pick<Scene, 'handsets'>, phone: PhoneId): Handset {
  const found = handsets.find(({ id }) => id === phone)
  if (!found) throw new Error(`there is no phone ${phone} on the page`)
  return found
}
