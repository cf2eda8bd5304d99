import type { Handset } from '../phones/handset.ts'
import type { Exchange } from './exchange.ts'

export type LogSource = 'CometChat' | 'APNs' | 'FCM' | 'Web push' | 'iPhone' | 'Android' | 'Laptop' | 'Worker'

/** One line of the log. */
export interface LogEntry {
  id: number
  /** Epoch ms. */
  at: number
  source: LogSource
  text: string
  /** Whether there is a request behind it. */
  hasExchange: boolean
}

export interface Log {
  add: (source: LogSource, text: string, exchange?: Exchange) => void
  /** The newest entry is last. */
  entries: () => LogEntry[]
  /** The request behind a line, as long as the line is kept. */
  exchange: (id: number) => Exchange | undefined
}

const MAX_ENTRIES = 40

/** Keeps the latest lines of what happened, for the page. */
export function createLog(deps: { clock: () => number }): Log {
  let entries: LogEntry[] = []
  const exchanges = new Map<number, Exchange>()
  let lastId = 0
  return {
    add: (source, text, exchange) => {
      lastId += 1
      const entry = { id: lastId, at: deps.clock(), source, text, hasExchange: exchange !== undefined }
      entries = [...entries.slice(1 - MAX_ENTRIES), entry]
      if (exchange) exchanges.set(lastId, exchange)
      exchanges.delete(lastId - MAX_ENTRIES)
    },
    entries: () => entries,
    exchange: id => exchanges.get(id),
  }
}

/** The log's source for what a phone does by itself. */
export const sourceOf = ({ platform }: Pick<Handset, 'platform'>) => sources[platform]

const sources = { ios: 'iPhone', android: 'Android', web: 'Laptop' } as const satisfies Record<
  Handset['platform'],
  LogSource
>
