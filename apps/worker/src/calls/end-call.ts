import type { CallJob, EndEvent } from '@ringer/payloads'
import { enqueueStops } from '../stops/enqueue-stops.ts'
import type { CallDeps } from './call-deps.ts'
import { isAnnounced } from './is-announced.ts'
import { notifyOfMissedCall } from './notify-of-missed-call.ts'

/**
 * Ends the call's rings, so that no later attempt starts, and stops the phones that were rung. An iPhone learns of the end
 * from its app, because iOS takes every VoIP push for a call.
 */
export async function endCall(
  jobId: string,
  job: CallJob & { event: EndEvent },
  deps: CallDeps,
): Promise<string> {
  const { event, appId, receivedAt } = job
  const rings = await deps.records.end(jobId, appId, event, receivedAt)
  await enqueueStops(rings, { appId, action: event.action, since: receivedAt }, deps)
  await Promise.all(rings.map(({ ringId }) => deps.events.ring({ appId, ringId })))
  if (deps.tenant.missedCall) {
    await Promise.all(rings.map(ring => notifyOfMissedCall(ring, job, deps)))
  }
  if (rings.length > 0) return event.action
  const isKnown = await isAnnounced({ appId, sessionId: event.sessionId }, deps)
  if (isKnown) return 'no ring to end'
  await listUnannounced(job, deps)
  return 'never announced'
}

/**
 * Lists a call that no webhook announced. An operator can then find it by its users, without the session id. A session for which
 * only `ended` came is left out: it may have been a meeting, which calls nobody.
 */
async function listUnannounced(
  { appId, event, receivedAt }: CallJob & { event: EndEvent },
  { records }: Pick<CallDeps, 'records'>,
): Promise<void> {
  const { action, sessionId, conversationId = '', recipient } = event
  if (sessionId === undefined || action === 'ended') return
  // The conversation of two users is named after both.
  const pair = conversationId.split('_user_')
  const uids = [...(pair.length === 2 ? pair : []), ...(recipient === undefined ? [] : [recipient])]
  await records.listUnrung(appId, sessionId, uids, receivedAt)
}
