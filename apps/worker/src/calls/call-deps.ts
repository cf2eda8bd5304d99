import type { CallJob } from '@ringer/payloads'
import type { Provider } from '@ringer/providers'
import type { Logger, OutageLog } from '@ringer/service'
import type { CallRecords, DeviceRegistry, EventNotes, PushQueues } from '@ringer/store'
import type { AttemptDeps } from '../attempts/attempt-deps.ts'
import type { ReportRingEnd } from '../attempts/create-ring-end-report.ts'
import type { WorkerMetrics } from '../metrics.ts'
import type { WorkerTenant } from '../worker-tenant.ts'
import type { ReportRefusal } from './create-refusal-report.ts'

/** What handling a call event needs. */
export interface CallDeps {
  log: Logger
  records: CallRecords
  devices: DeviceRegistry
  pushQueues: PushQueues
  /** Notes what the app's backend may want to know. */
  events: EventNotes
  /** The tenant whose call it is. Devices of providers that it has no sender for are recorded as skipped. */
  tenant: WorkerTenant
  /** All providers, configured or not. */
  providers: readonly Provider[]
  /** What attempts for the tenant need, or undefined for a provider whose pushes this worker leaves to others. */
  attemptsWith(provider: string): AttemptDeps | undefined
  reportRefusal: ReportRefusal
  /** How many groups this worker rings whose callers have had more than a share of the calls. */
  yieldingGroups: { inHand: number }
  metrics: WorkerMetrics
  redisOutage: OutageLog
  reportRingEnd: ReportRingEnd
  clock: () => number
}

/** A dequeued call event and the id of its job. The job claims a ring, and may claim it again after a crash. */
export interface DequeuedCall {
  jobId: string
  job: CallJob
}

/** The result of a call event, and, if it is not done, when to handle it again (epoch ms). */
export interface CallResult {
  result: string
  retryAt?: number | undefined
  /** Resolves when the phones that were rung at once are settled or handed over. */
  settled?: Promise<PromiseSettledResult<unknown>[]> | undefined
}
