import type { CallRecord } from './call-record.ts'
import type { CallRecords } from './call-records.ts'

/** Finds a session's record, in whichever of these apps it is; session ids are CometChat's, and no two apps have one. */
export async function readCall(
  records: Pick<CallRecords, 'read'>,
  appIds: readonly string[],
  sessionId: string,
): Promise<CallRecord | undefined> {
  const found = await Promise.all(appIds.map(appId => records.read(appId, sessionId)))
  return found.find(record => record !== undefined)
}
