import type { CallJob, GroupEvent, RingEvent } from '@ringer/payloads'
import type { Logger } from '@ringer/service'
import type { BudgetRefusal } from '@ringer/store'
import type { WorkerMetrics } from '../metrics.ts'

const MINUTE_MS = 60_000
/** The refusals of more callers than this within a minute are counted, but not logged. */
const MOST_CALLERS = 1_000

/** Counts a refused ring, or a refused call to a group, and logs it. */
export type ReportRefusal = (
  call: CallJob & { event: RingEvent | GroupEvent },
  refusal: BudgetRefusal,
) => void

/**
 * Logs the refusals of each caller once a minute. The line names no user: it has the session of one of the calls, which
 * CometChat's dashboard and `GET /calls/:sessionId` know.
 */
export function createRefusalReport({
  log,
  metrics,
  clock,
}: {
  log: Logger
  metrics: Pick<WorkerMetrics, 'refused'>
  clock: () => number
}): ReportRefusal {
  let startedAt = clock()
  let logged = new Set<string>()
  return ({ appId, event }, { budget, reason }) => {
    metrics.refused.inc({ budget })
    if (clock() - startedAt >= MINUTE_MS) {
      startedAt = clock()
      logged = new Set()
    }
    const caller = JSON.stringify([appId, event.caller.uid])
    if (logged.has(caller) || logged.size >= MOST_CALLERS) return
    logged.add(caller)
    log.warn({ app: appId, sessionId: event.sessionId, budget, reason }, 'calls of one caller are refused')
  }
}
