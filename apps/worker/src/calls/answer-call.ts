import type { AnswerEvent, CallJob } from '@ringer/payloads'
import { enqueueStops } from '../stops/enqueue-stops.ts'
import { isElsewhere } from '../stops/is-elsewhere.ts'
import type { CallDeps } from './call-deps.ts'
import { isAnnounced } from './is-announced.ts'

/**
 * Marks the recipient's ring as answered, so that no later attempt rings another of their phones. If the tenant is
 * configured so, stops the phones that may be ringing and are certainly not the one that answered.
 */
export async function answerCall(
  jobId: string,
  job: CallJob & { event: AnswerEvent },
  deps: CallDeps,
): Promise<string> {
  const { appId, receivedAt } = job
  const rings = await deps.records.answer(jobId, appId, job.event, receivedAt)
  if (deps.tenant.stopOtherDevices) {
    const stopping = { appId, action: 'ongoing' as const, since: receivedAt }
    await enqueueStops(
      rings,
      { ...stopping, isWanted: (device, { answeredOn }) => isElsewhere(device, answeredOn) },
      deps,
    )
  }
  await Promise.all(rings.map(({ ringId }) => deps.events.ring({ appId, ringId })))
  if (rings.length > 0) return 'answered'
  const isKnown = await isAnnounced({ appId, sessionId: job.event.sessionId }, deps)
  return isKnown ? 'answered' : 'never announced'
}
