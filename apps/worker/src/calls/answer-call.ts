import type { AnswerEvent, CallJob } from '@ringer/payloads'
import { stopsOf } from './end-call.ts'
import type { CallDeps } from './handle-call.ts'
import { isElsewhere } from './who-rang.ts'

/**
 * Marks the recipient's ring as answered, so that no later attempt rings another of their phones, and, where the app wants
 * it, tells the Android phones that ring and are certainly not the one that answered.
 */
export async function answerCall(
  jobId: string,
  job: CallJob & { event: AnswerEvent },
  deps: CallDeps,
): Promise<string> {
  const rings = await deps.records.answer(jobId, job.appId, job.event, job.receivedAt)
  if (deps.app.stopOtherDevices) {
    const stops = rings.flatMap(ring =>
      stopsOf(ring, job, 'ongoing', deviceId => isElsewhere(deviceId, ring.answeredOn)),
    )
    await deps.pushQueues.enqueue('fcm', stops)
  }
  return 'answered'
}
