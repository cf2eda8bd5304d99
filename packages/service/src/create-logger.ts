import { type DestinationStream, type Logger, pino } from 'pino'
import pretty from 'pino-pretty'

export type { Logger }

/**
 * JSON lines on standard output, or readable ones where that is a terminal; or JSON lines elsewhere.
 * Nobody logs an error object whole: firebase-admin's carry the access token and the device token in their cause.
 */
export function createLogger(name: string, level: string, destination?: DestinationStream): Logger {
  const options = {
    name,
    level,
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
    base: { name, pid: process.pid },
    serializers: { err: describeError, error: describeError },
  }
  if (destination) return pino(options, destination)
  return process.stdout.isTTY
    ? pino(options, pretty({ colorize: true, ignore: 'pid,name', translateTime: 'HH:MM:ss.l' }))
    : pino(options)
}

/** What of an error may be printed: its name, code, message and where it came from; never what hangs on to it. */
function describeError(error: unknown) {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, message, stack } = error
  return { name, message, ...('code' in error && { code: String(error.code) }), stack }
}
