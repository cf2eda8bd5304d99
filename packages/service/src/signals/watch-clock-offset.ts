import { Gauge, type Registry } from 'prom-client'
import type { Logger } from './create-logger.ts'

/** An own clock that is off by more than this is reported. */
const TOLERATED_MS = 1_000
const REPORT_EVERY_MS = 60_000

/** What is known of Redis's clock. */
export interface RedisTime {
  /** How far the own clock is ahead of Redis's, ms. */
  offsetMs: () => number
  /** Resolves when the offset is known. */
  measured: Promise<void>
}

/**
 * Reports how far this process's own clock is off: as a metric always, and in the log at the start and every minute while it
 * is off by more than a second. Ringer uses Redis's clock, so this is no failure, but other software on the machine suffers.
 */
export function watchClockOffset(
  clock: RedisTime,
  { log, registry }: { log: Logger; registry: Registry },
): void {
  new Gauge({
    name: 'ringer_clock_offset_seconds',
    help: "How far the clock of this process is ahead of Redis's clock, which is used",
    registers: [registry],
    collect() {
      this.set(clock.offsetMs() / 1_000)
    },
  })
  const report = () => {
    const offsetMs = clock.offsetMs()
    if (Math.abs(offsetMs) <= TOLERATED_MS) return
    const seconds = (Math.abs(offsetMs) / 1_000).toFixed(1)
    const direction = offsetMs > 0 ? 'ahead of' : 'behind'
    log.warn(
      { offsetMs },
      `the clock of this machine is ${seconds} s ${direction} Redis's, which is used; run NTP`,
    )
  }
  void clock.measured.then(report)
  setInterval(report, REPORT_EVERY_MS).unref()
}
