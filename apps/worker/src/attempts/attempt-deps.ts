import type { TokenRefusal } from '@ringer/payloads'
import type { Provider } from '@ringer/providers'
import type { PushSender } from '@ringer/providers/senders'
import type { Logger, OutageLog, Traced } from '@ringer/service'
import type { CallRecords, DeviceRegistry, EventNotes, PushQueues } from '@ringer/store'
import type { WorkerMetrics } from '../metrics.ts'
import type { DeletionGuard } from './create-deletion-guard.ts'
import type { ReportRingEnd } from './create-ring-end-report.ts'

/** What handling a push needs. The sender, the guard and the settings are those of the push's tenant. */
export interface AttemptDeps {
  log: Logger
  provider: Provider
  sender: PushSender
  deletionGuard: DeletionGuard
  /** The same for devices that are set aside: never more than pushes were accepted, so never any while all are refused. */
  setAsideGuard: DeletionGuard
  records: CallRecords
  devices: DeviceRegistry
  pushQueues: PushQueues
  /** Notes what the app's backend may want to know. */
  events: EventNotes
  /** Whether to stop the recipient's other phones when a call was answered. */
  stopOtherDevices: boolean
  /** Whether a phone that sends receipts, and none for a ring, gets an alert (RINGER_FALLBACK_ALERT). */
  fallbackAlert: boolean
  metrics: WorkerMetrics
  redisOutage: OutageLog
  reportRingEnd: ReportRingEnd
  /** Default: attempts are not traced. */
  traced?: Traced | undefined
  clock: () => number
}

/**
 * Whether a push's job is over, or when its next attempt is due (epoch ms). `refused` is what that attempt, which another
 * worker may make, has to know.
 */
export type Next = { done: true } | { done: false; at: number; refused?: TokenRefusal | undefined }

export const over: Next = { done: true }
