import type { CallRecords } from './call-records.ts'
import type { CallSelector, ListedCall } from './listed-call.ts'

/**
 * Lists calls of these tenants, the newest first: those on record, and those that wait for a worker. A recipient's newest 200
 * calls are known, and an app's newest 1,000. A listed call's record may have expired a short time ago.
 */
export async function listCalls(
  records: Pick<CallRecords, 'list' | 'findWaiting'>,
  appIds: readonly string[],
  selector: CallSelector,
): Promise<ListedCall[]> {
  const { uid, since = 0, limit } = selector
  // A call that a worker claims between the two is in both rather than in none.
  const waiting = await records.findWaiting({ uid, limit })
  const recorded = await Promise.all(appIds.map(appId => records.list(appId, selector)))
  const calls = new Map<string, ListedCall>()
  const add = ({ appId, sessionId, receivedAt, announcedBy }: ListedCall) => {
    const key = JSON.stringify([appId, sessionId, announcedBy])
    if (calls.has(key)) return
    calls.set(key, { appId, sessionId, receivedAt, ...(announcedBy !== undefined && { announcedBy }) })
  }
  for (const call of recorded.flat()) add(call)
  for (const call of waiting.calls) {
    const isCall = call.kind === 'ring' || call.kind === 'group'
    if (isCall && call.receivedAt >= since && appIds.includes(call.appId)) add(call)
  }
  return [...calls.values()].sort((one, other) => other.receivedAt - one.receivedAt).slice(0, limit)
}
