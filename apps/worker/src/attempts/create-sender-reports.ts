import type { SenderReports } from '@ringer/providers/senders'
import type { Logger } from '@ringer/service'
import type { WorkerMetrics } from '../metrics.ts'

/**
 * Creates what one sender reports to. Whether the provider can be reached, and whether it accepts the credentials, is logged when
 * it changes: a line when the trouble begins and one when it is over.
 */
export function createSenderReports({
  appId,
  provider,
  log,
  metrics,
}: {
  appId: string
  provider: string
  log: Logger
  metrics: Pick<WorkerMetrics, 'answerSeconds' | 'extraPushes' | 'reachable' | 'credentialsRefused'>
}): SenderReports {
  const labels = { app: appId, provider }
  /** The parts that are in trouble, and since when (`performance.now()`). */
  const unreachable = new Map<string, number>()
  const refused = new Map<string, number>()

  /** Notes the state of a part. Returns for how long it was in trouble if that has just ended, ms, or whether it has just begun. */
  function note(parts: Map<string, number>, part: string, trouble: string | undefined) {
    const since = parts.get(part)
    if ((since !== undefined) === (trouble !== undefined)) return undefined
    if (trouble !== undefined) parts.set(part, performance.now())
    else parts.delete(part)
    return { ms: since === undefined ? undefined : Math.round(performance.now() - since) }
  }

  return {
    answered: ms => metrics.answerSeconds.observe({ provider }, ms / 1_000),
    pushedAgain: () => metrics.extraPushes.inc(labels),
    reach(part, reason) {
      const change = note(unreachable, part, reason)
      if (!change) return
      metrics.reachable.set(labels, unreachable.size === 0 ? 1 : 0)
      if (reason !== undefined)
        log.warn({ ...labels, part, reason }, 'the provider cannot be reached from here')
      else log.info({ ...labels, part, ...change }, 'the provider can be reached again')
    },
    credentials(part, reason) {
      const change = note(refused, part, reason)
      if (!change) return
      metrics.credentialsRefused.set(labels, refused.size === 0 ? 0 : 1)
      if (reason !== undefined)
        log.error({ ...labels, part, reason }, 'the provider refuses the credentials; no push is accepted')
      else log.info({ ...labels, part, ...change }, 'the provider accepts the credentials again')
    },
  }
}
