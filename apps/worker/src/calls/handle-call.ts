import type { CallJob } from '@ringer/payloads'
import type { Logger } from '@ringer/service'
import type { CallRecords, DeviceRegistry, PushQueues } from '@ringer/store'
import type { WorkerMetrics } from '../metrics.ts'
import type { WorkerApp } from '../worker-app.ts'
import { answerCall } from './answer-call.ts'
import { endCall } from './end-call.ts'
import { notifyRecipient } from './notify-recipient.ts'
import { ringCall } from './ring-call.ts'
import { ringGroup } from './ring-group.ts'

export interface CallDeps {
  log: Logger
  records: CallRecords
  devices: DeviceRegistry
  pushQueues: PushQueues
  /** The app that the call is of. Devices of providers that it has no sender for are on record as skipped. */
  app: WorkerApp
  metrics: WorkerMetrics
  clock: () => number
}

/** A dequeued call event. The id is that of its job: what claims a ring, and may claim it again after a crash. */
export interface DequeuedCall {
  jobId: string
  job: CallJob
}

/** What became of a call event, and, if it is not done, when to take it up again (epoch ms). */
export interface CallResult {
  result: string
  retryAt?: number | undefined
}

/** Takes a call event from the queue `calls` one step on. May be run again after a crash, and then changes nothing. */
export async function handleCall({ jobId, job }: DequeuedCall, deps: CallDeps): Promise<CallResult> {
  const { event } = job
  const done = await perform()
  deps.metrics.calls.inc({ result: done.result })
  deps.log.info({ sessionId: event.sessionId, event: event.kind, result: done.result }, 'call')
  return done

  async function perform(): Promise<CallResult> {
    switch (event.kind) {
      case 'ring':
        return { result: await ringCall(jobId, { ...job, event }, deps) }
      case 'group':
        return ringGroup(jobId, { ...job, event }, deps)
      case 'end':
        return { result: await endCall(jobId, { ...job, event }, deps) }
      case 'answer':
        return { result: await answerCall(jobId, { ...job, event }, deps) }
      case 'chat':
        return { result: await notifyRecipient({ ...job, event }, deps) }
    }
  }
}
