import type { Logger } from '@ringer/service'
import type { CallRecords, DeviceRegistry, PushQueues } from '@ringer/store'
import type { WorkerMetrics } from '../metrics.ts'
import type { DeletionGuard } from './create-deletion-guard.ts'
import type { PushSender } from './push-sender.ts'

/** What handling a push takes. Sender, guard and wishes are those of the push's app. */
export interface PushDeps {
  log: Logger
  sender: PushSender
  deletionGuard: DeletionGuard
  records: CallRecords
  devices: DeviceRegistry
  pushQueues: PushQueues
  /** Whether the recipient's other Android phones are told that a call was taken. */
  stopOtherDevices: boolean
  metrics: WorkerMetrics
  clock: () => number
}

/** Whether a push's job is over, or when its next attempt is due (epoch ms). */
export type Next = { done: true } | { done: false; at: number }

export const over: Next = { done: true }
