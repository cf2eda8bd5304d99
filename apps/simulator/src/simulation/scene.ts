import type { Phones } from '../phones/create-phones.ts'
import type { Trays } from '../phones/create-trays.ts'
import type { Handset } from '../phones/handset.ts'
import type { CallBook } from './create-call-book.ts'
import type { Courier } from './create-courier.ts'
import type { Log } from './create-log.ts'

/** What the actors of a simulation share. */
export type Scene = {
  appId: string
  ringSeconds: number
  clock: () => number
  book: CallBook
  /** Every phone on the page. */
  handsets: readonly Handset[]
  phones: Phones
  trays: Trays
  log: Log
  courier: Courier
  /** Something visible changed. */
  changed: () => void
}
