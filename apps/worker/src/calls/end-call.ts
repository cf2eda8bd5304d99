import type { CallJob, EndEvent } from '@ringer/payloads'
import type { CallDeps } from './call-deps.ts'
import { endRings } from './end-rings.ts'
import { isAnnounced } from './is-announced.ts'

/** Ends the call's rings. A call that no webhook announced has none: it is listed, so that an operator finds it. */
export async function endCall(
  jobId: string,
  job: CallJob & { event: EndEvent },
  deps: CallDeps,
): Promise<string> {
  const { event, appId } = job
  const rings = await endRings(jobId, job, deps)
  if (rings > 0) return event.action
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
