import type { Handset } from '../phones/handset.ts'

export type LogSource = 'CometChat' | 'APNs' | 'FCM' | 'iPhone' | 'Android' | 'Worker'

/** One line of the log. */
export interface LogEntry {
  id: number
  /** Epoch ms. */
  at: number
  source: LogSource
  text: string
}

export interface Log {
  add: (source: LogSource, text: string) => void
  /** The newest entry is last. */
  entries: () => LogEntry[]
}

const MAX_ENTRIES = 40

/** Keeps the latest lines of what happened, for the page. */
export function createLog(deps: { clock: () => number }): Log {
  let entries: LogEntry[] = []
  let lastId = 0
  return {
    add: (source, text) => {
      lastId += 1
      entries = [...entries.slice(1 - MAX_ENTRIES), { id: lastId, at: deps.clock(), source, text }]
    },
    entries: () => entries,
  }
}

/** The log's source for what a phone does by itself. */
export const sourceOf = ({ platform }: Handset): LogSource => (platform === 'ios' ? 'iPhone' : 'Android')
