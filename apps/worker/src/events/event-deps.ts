import type { EventDelivery } from '@ringer/payloads'
import type { Logger } from '@ringer/service'
import type { CallRecords, DeviceRegistry, EventQueue } from '@ringer/store'
import type { WorkerMetrics } from '../metrics.ts'
import type { Receiver } from './create-receiver.ts'

/** What handling the jobs of the queue `events` needs. */
export interface EventDeps {
  log: Logger
  records: CallRecords
  devices: DeviceRegistry
  events: EventQueue
  /** By app id: the backends that get events. */
  receivers: ReadonlyMap<string, Receiver>
  metrics: WorkerMetrics
  clock: () => number
}

/** Whether a job is over, or when it is due again (epoch ms), and as which. */
export type EventNext = { done: true } | { done: false; at: number; job?: EventDelivery }
