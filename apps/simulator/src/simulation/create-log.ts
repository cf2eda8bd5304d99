export const logSources = ['CometChat', 'APNs', 'FCM', 'iPhone', 'Android', 'Worker', 'You'] as const
export type LogSource = (typeof logSources)[number]

/** One line of what happened; `at` is epoch ms. */
export type LogEntry = { id: number; at: number; source: LogSource; text: string }

const kept = 40

export type Log = { add: (source: LogSource, text: string) => void; entries: () => LogEntry[] }

/** The page's short memory of what went over the wires, newest last. */
export function createLog(deps: { clock: () => number }): Log {
  let entries: LogEntry[] = []
  let lastId = 0
  return {
    add: (source, text) => {
      lastId += 1
      entries = [...entries.slice(1 - kept), { id: lastId, at: deps.clock(), source, text }]
    },
    entries: () => entries,
  }
}
