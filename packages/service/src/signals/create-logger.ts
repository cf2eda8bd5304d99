import { type DestinationStream, type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import { standardOutput } from './standard-output.ts'

export type { Logger }

/**
 * Creates a logger that writes JSON lines to `destination`, or else to standard output. On a terminal the lines are made
 * readable. An error is never logged with all its properties: firebase-admin's errors carry the access token and the
 * device token in their cause.
 */
export function createLogger(name: string, level: string, destination?: DestinationStream): Logger {
  const options = {
    name,
    level,
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: isoTime,
    base: { name, pid: process.pid },
    serializers: { err: describeError, error: describeError },
  }
  if (destination) return pino(options, destination)
  return process.stdout.isTTY
    ? pino(options, pretty({ colorize: true, ignore: 'pid,name', translateTime: 'HH:MM:ss.l' }))
    : pino(options, standardOutput())
}

let formatted = { at: 0, text: '' }

/** Like pino's isoTime, but formats each millisecond once: a busy process writes several lines in it. */
function isoTime(): string {
  const at = Date.now()
  if (at !== formatted.at) formatted = { at, text: `,"time":"${new Date(at).toISOString()}"` }
  return formatted.text
}

/** Keeps those parts of an error that may be logged: its name, code, message and stack, but no other properties. */
function describeError(error: unknown) {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, message, stack } = error
  return { name, message, ...('code' in error && { code: String(error.code) }), stack }
}
