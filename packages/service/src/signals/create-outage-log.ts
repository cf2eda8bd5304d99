import type { Logger } from './create-logger.ts'

/** An outage is over when something works again and nothing has failed for this long. */
const CALM_MS = 2_000

/** Logs the outages of something outside: one line when one begins and one when it is over, however much fails meanwhile. */
export interface OutageLog {
  /**
   * Something failed.
   *
   * @param reason for the log: it must hold no secret
   */
  failed(reason: string): void
  /** Something worked. */
  worked(): void
  /** Whether an outage has begun and is not over: what it causes need not be logged as well. */
  isOn(): boolean
}

/**
 * Creates the log of one thing's outages. While some of what is asked of it works and some fails, that is one outage.
 *
 * @param options.what its name, at the beginning of a sentence
 * @param options.fields further fields of both lines
 * @param options.calmMs how long nothing may have failed at the end of an outage. Default: 2 s
 */
export function createOutageLog(options: {
  log: Logger
  what: string
  fields?: object
  calmMs?: number
}): OutageLog {
  const { log, what, fields = {}, calmMs = CALM_MS } = options
  let startedAt: number | undefined
  let failures = 0
  let ending: NodeJS.Timeout | undefined

  function end(ms: number) {
    log.info({ ...fields, failures, ms }, `${what} works again`)
    startedAt = undefined
    failures = 0
    ending = undefined
  }

  return {
    failed(reason) {
      clearTimeout(ending)
      ending = undefined
      failures += 1
      if (startedAt !== undefined) return
      startedAt = performance.now()
      log.warn({ ...fields, reason }, `${what} fails`)
    },
    worked() {
      if (startedAt === undefined || ending) return
      const ms = Math.round(performance.now() - startedAt)
      ending = setTimeout(() => end(ms), calmMs).unref()
    },
    isOn: () => startedAt !== undefined,
  }
}
