import type { CallJob, GroupEvent } from '@ringer/payloads'
import type { CallDeps, CallResult } from './handle-call.ts'
import { ringCall } from './ring-call.ts'

/** More at once would not ring sooner, and would hold everything else up for longer. */
const RUNG_AT_ONCE = 50

/** CometChat's limits are by the minute; a call is worth nothing after half of one. */
const RETRY_MS = 500

const notConfigured =
  'the group was not rung, because its members are not known: set COMETCHAT_API_KEY, or point the custom push provider at Ringer'

/**
 * Rings the members of a group, each as if they had been called themselves, the caller left out. Who is rung by the custom
 * push provider as well has one ring all the same.
 */
export async function ringGroup(
  jobId: string,
  job: CallJob & { event: GroupEvent },
  deps: CallDeps,
): Promise<CallResult> {
  const { event, appId, deadline } = job
  const note = (text: string) => deps.records.note(appId, event.sessionId, text)
  if (!deps.app.listMembers) {
    await note(notConfigured)
    deps.log.warn({ sessionId: event.sessionId, reason: notConfigured }, 'group')
    return { result: 'members unknown' }
  }
  const list = await deps.app.listMembers(event.receiver.uid, deadline)
  if (!list.ok) {
    const retryAt = deps.clock() + Math.max(RETRY_MS, list.retryAfterMs ?? 0)
    if (list.retryable && retryAt < deadline) return { result: 'members asked again', retryAt }
    await note(`the group was not rung, because its members could not be listed: ${list.reason}`)
    deps.log.warn({ sessionId: event.sessionId, reason: list.reason }, 'group')
    return { result: 'members unknown' }
  }
  if (list.more > 0) await note(`${list.more} members were not rung: a group is rung up to 1,000 members`)
  const members = list.uids.filter(uid => uid !== event.caller.uid)
  if (members.length === 0) return { result: 'no members' }
  await ringAll(jobId, job, members, deps)
  return { result: 'group rung' }
}

async function ringAll(
  jobId: string,
  job: CallJob & { event: GroupEvent },
  members: string[],
  deps: CallDeps,
): Promise<void> {
  const waiting = members.values()
  const ringInTurn = async () => {
    for (const recipient of waiting) {
      await ringCall(jobId, { ...job, event: { ...job.event, kind: 'ring', recipient } }, deps)
    }
  }
  await Promise.all(Array.from({ length: RUNG_AT_ONCE }, ringInTurn))
}
