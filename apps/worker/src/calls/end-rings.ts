import type { CallJob, EndEvent } from '@ringer/payloads'
import { enqueueStops } from '../stops/enqueue-stops.ts'
import type { CallDeps } from './call-deps.ts'
import { notifyOfMissedCall } from './notify-of-missed-call.ts'

/**
 * Ends the call's rings, so that no later attempt starts, and stops the phones that were rung. An iPhone learns of the end
 * from its app, because iOS takes every VoIP push for a call. Returns how many rings there were.
 */
export async function endRings(
  jobId: string,
  job: CallJob & { event: EndEvent },
  deps: CallDeps,
): Promise<number> {
  const { event, appId, receivedAt } = job
  const rings = await deps.records.end(jobId, appId, event, receivedAt)
  await enqueueStops(rings, { appId, action: event.action, since: receivedAt }, deps)
  await Promise.all(rings.map(({ ringId }) => deps.events.ring({ appId, ringId })))
  if (deps.tenant.missedCall) {
    await Promise.all(rings.map(ring => notifyOfMissedCall(ring, job, deps)))
  }
  return rings.length
}
