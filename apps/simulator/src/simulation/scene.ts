import type { Person } from '../cometchat.ts'
import type { Phones } from '../phones/create-phones.ts'
import type { CallBook } from './create-call-book.ts'
import type { Courier } from './create-courier.ts'
import type { Log } from './create-log.ts'

/** What the actors of a simulation share. */
export type Scene = {
  alice: Person
  bob: Person
  appId: string
  ringSeconds: number
  clock: () => number
  book: CallBook
  phones: Phones
  log: Log
  courier: Courier
  /** Something visible changed. */
  changed: () => void
}
