import type { CallDeps } from './call-deps.ts'

/**
 * Whether a webhook has announced the session. Ask only if an end or an answer found no ring: it may be the second one of its
 * call. A webhook that overtakes the announcement counts as well, so single ones mean nothing.
 */
export async function isAnnounced(
  { appId, sessionId }: { appId: string; sessionId: string | undefined },
  { records }: Pick<CallDeps, 'records'>,
): Promise<boolean> {
  // Without a session id, an end is about the newest call of a conversation, if there is one.
  if (sessionId === undefined) return true
  const call = await records.read(appId, sessionId)
  return call !== undefined && (call.rings.length > 0 || call.why !== undefined || call.note !== undefined)
}
