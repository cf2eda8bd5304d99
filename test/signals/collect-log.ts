import { createLogger } from '@ringer/service'

/** One line of the log. */
export type LogLine = Record<string, unknown> & { level: string; msg: string }

/** Creates a logger that keeps its lines. */
export function collectLog(level = 'info') {
  const lines: LogLine[] = []
  const log = createLogger('test', level, { write: line => void lines.push(JSON.parse(line)) })
  return { log, lines, of: (...messages: string[]) => lines.filter(({ msg }) => messages.includes(msg)) }
}
