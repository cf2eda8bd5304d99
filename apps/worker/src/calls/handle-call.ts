import type { StepAside } from '../queues/run-queue.ts'
import { answerCall } from './answer-call.ts'
import type { CallDeps, CallResult, DequeuedCall } from './call-deps.ts'
import { endCall } from './end-call.ts'
import { notifyRecipient } from './notify-recipient.ts'
import { ringCall } from './ring-call.ts'
import { ringGroup } from './ring-group.ts'

/**
 * Handles a call event. Idempotent, because it may run again after a crash.
 *
 * @param stepAside lets other calls be handled while this one only waits for providers
 */
export async function handleCall(
  { jobId, job }: DequeuedCall,
  deps: CallDeps,
  stepAside: StepAside,
): Promise<CallResult> {
  const { event } = job
  const done = await perform()
  deps.metrics.calls.inc({ result: done.result })
  // A call that is handled again in a moment is not done. Refusals have a log line of their own, once a minute for each caller.
  const level = done.retryAt !== undefined || done.result === 'refused' ? 'debug' : 'info'
  const { sessionId, kind } = event
  deps.log[level]({ app: job.appId, sessionId, event: kind, result: done.result }, 'call')
  const parts = done.settled ? await stepAside(done.settled) : []
  for (const part of parts) if (part.status === 'rejected') throw part.reason
  return done

  function perform(): Promise<CallResult> {
    switch (event.kind) {
      case 'ring':
        return ringCall(jobId, { ...job, event }, deps)
      case 'group':
        return ringGroup(jobId, { ...job, event }, deps)
      case 'end':
        return asResult(endCall(jobId, { ...job, event }, deps))
      case 'answer':
        return asResult(answerCall(jobId, { ...job, event }, deps))
      case 'chat':
        return asResult(notifyRecipient({ ...job, event }, deps))
    }
  }
}

const asResult = async (result: Promise<string>): Promise<CallResult> => ({ result: await result })
