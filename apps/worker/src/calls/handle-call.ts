import type { CallJob } from '@ringer/payloads'
import type { Logger } from '@ringer/service'
import type { CallRecords, DeviceRegistry, Provider, PushQueues } from '@ringer/store'
import type { WorkerMetrics } from '../metrics.ts'
import { endCall } from './end-call.ts'
import { ringCall } from './ring-call.ts'

export interface CallDeps {
  log: Logger
  records: CallRecords
  devices: DeviceRegistry
  pushQueues: PushQueues
  /** The providers that some worker is configured for; devices of the others are on record as skipped. */
  providers: ReadonlySet<Provider>
  metrics: WorkerMetrics
  clock: () => number
}

/** A dequeued call event. The id is that of its job: what claims a ring, and may claim it again after a crash. */
export interface DequeuedCall {
  jobId: string
  job: CallJob
}

/** Takes a call event from the queue `calls` one step on. May be run again after a crash, and then changes nothing. */
export async function handleCall({ jobId, job }: DequeuedCall, deps: CallDeps): Promise<void> {
  const { event, appId } = job
  const result = await perform()
  deps.metrics.calls.inc({ result })
  deps.log.info({ sessionId: event.sessionId, event: event.kind, result }, 'call')

  async function perform(): Promise<string> {
    switch (event.kind) {
      case 'ring':
        return ringCall(jobId, { ...job, event }, deps)
      case 'end':
        return endCall(jobId, { ...job, event }, deps)
      case 'answer':
        await deps.records.answer(appId, event, job.receivedAt)
        return 'answered'
    }
  }
}
