import type { DiagnosisCode } from '@ringer/diagnosis'
import type { Logger } from '@ringer/service'
import type { DeviceOutcome } from '@ringer/store'
import type { WorkerMetrics } from '../metrics.ts'

/** How a ring ended, or one phone's part in it. */
export interface RingEnd {
  app: string
  sessionId: string
  /** Undefined for a group whose members are not known. */
  recipient?: string | undefined
  /** The phone, unless the ring reached none. */
  deviceId?: string | undefined
  /** The phone's provider. Default: `none` */
  provider?: string | undefined
  outcome: DeviceOutcome | 'refused'
  diagnosis: DiagnosisCode
  status?: number | undefined
  /** The provider's reason, or ours. */
  reason?: string | undefined
  /** When the call's webhook arrived, epoch ms. */
  receivedAt: number
}

/** Counts and logs the end of a ring. Call it once for each phone, or once for a ring that reaches no phone. */
export type ReportRingEnd = (end: RingEnd) => void

/** @param options.logUids whether the lines name the recipient (LOG_UIDS) */
export function createRingEndReport(options: {
  log: Logger
  metrics: Pick<WorkerMetrics, 'ringEnds' | 'labelOf'>
  logUids: boolean
  clock: () => number
}): ReportRingEnd {
  const { log, metrics, logUids, clock } = options
  return ({ app, provider = 'none', recipient, outcome, diagnosis, receivedAt, ...more }) => {
    metrics.ringEnds.inc({ app: metrics.labelOf(app), provider, outcome, diagnosis })
    const { sessionId, deviceId, status, reason } = more
    log.info(
      {
        ...{ app, sessionId, recipient: logUids ? recipient : undefined, deviceId },
        ...{ provider, outcome, diagnosis, status, reason, ms: clock() - receivedAt },
      },
      'ring',
    )
  }
}
