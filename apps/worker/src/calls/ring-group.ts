import type { CallJob, GroupEvent } from '@ringer/payloads'
import { within } from '@ringer/service'
import type { Why } from '@ringer/store'
import type { CallDeps, CallResult } from './call-deps.ts'
import { ringCall } from './ring-call.ts'

/** With more at once, no phone would ring sooner, and everything else would be delayed for longer. */
const RUNG_AT_ONCE = 50

/**
 * So many members are rung at once if the caller has had more than a share of the calls. Each of them waits for the phones of
 * the one before, so that the provider has hardly more to do for such a group than for one call.
 */
const YIELDING_AT_ONCE = 10

/** A worker rings one such group at a time. The others come back after this long, and leave their places to other groups. */
const YIELD_MS = 500

/**
 * How long the members wait, in all, for providers that have no room. A phone without room is moved to its provider's queue,
 * which costs as much as six first attempts.
 */
const PATIENCE_MS = 500

/** CometChat's rate limits are per minute, but a call is worth nothing after half a minute. */
const RETRY_MS = 500

const NOT_CONFIGURED =
  'the group was not rung, because its members are not known: set COMETCHAT_API_KEY, or point the custom push provider at Ringer'

/**
 * Rings the members of a group except the caller, each as if they had been called directly. A member whom CometChat's
 * custom push provider announces as well still gets only one ring.
 */
export async function ringGroup(
  jobId: string,
  job: CallJob & { event: GroupEvent },
  deps: CallDeps,
): Promise<CallResult> {
  const { event, appId, deadline } = job
  if (!deps.tenant.listMembers) {
    await deps.records.setCallNote(appId, event.sessionId, 'group-members-unknown', NOT_CONFIGURED)
    await listUnrung(job, deps)
    return membersUnknown(job, NOT_CONFIGURED, deps)
  }
  // Before anything that costs as much as the group has members.
  const refusal = await deps.records.admit(appId, event, job.receivedAt, deps.tenant.budgets)
  if (refusal) {
    await listUnrung(job, deps)
    deps.reportRefusal(job, refusal)
    deps.reportRingEnd({
      ...groupEnd(job),
      outcome: 'refused',
      diagnosis: 'over-budget',
      reason: refusal.reason,
    })
    return { result: 'refused' }
  }
  if (!job.yields) return ringMembers(jobId, job, deps.tenant.listMembers, deps)
  const retryAt = deps.clock() + YIELD_MS
  if (deps.yieldingGroups.inHand > 0 && retryAt < deadline) return { result: 'yields', retryAt }
  deps.yieldingGroups.inHand += 1
  try {
    return await ringMembers(jobId, job, deps.tenant.listMembers, deps)
  } finally {
    deps.yieldingGroups.inHand -= 1
  }
}

async function ringMembers(
  jobId: string,
  job: CallJob & { event: GroupEvent },
  listMembers: NonNullable<CallDeps['tenant']['listMembers']>,
  deps: CallDeps,
): Promise<CallResult> {
  const { event, appId, deadline } = job
  const note = (why: Why, text: string) => deps.records.setCallNote(appId, event.sessionId, why, text)
  const list = await listMembers(event.receiver.uid, deadline)
  if (!list.ok) {
    const retryAt = deps.clock() + Math.max(RETRY_MS, list.retryAfterMs ?? 0)
    if (list.retryable && retryAt < deadline) return { result: 'members asked again', retryAt }
    const text = `the group was not rung, because its members could not be listed: ${list.reason}`
    await note('group-members-unknown', text)
    await listUnrung(job, deps)
    return membersUnknown(job, list.reason, deps)
  }
  if (list.more > 0)
    await note(
      'group-too-large',
      `${list.more} members were not rung: at most 1,000 members of a group are rung`,
    )
  const members = list.uids.filter(uid => uid !== event.caller.uid)
  if (members.length === 0) return { result: 'no members' }
  const settled = Promise.all(await claimAll(jobId, job, members, deps)).then(parts => parts.flat())
  return { result: 'group rung', settled }
}

/** The claims of the members list a call by its recipients. Without any, it is found by its caller and its group. */
const listUnrung = (
  { appId, event, receivedAt }: CallJob & { event: GroupEvent },
  { records }: Pick<CallDeps, 'records'>,
) => records.listUnrung(appId, event.sessionId, [event.caller.uid, event.receiver.uid], receivedAt)

function membersUnknown(
  job: CallJob & { event: GroupEvent },
  reason: string,
  { reportRingEnd }: CallDeps,
): CallResult {
  reportRingEnd({ ...groupEnd(job), outcome: 'skipped', diagnosis: 'group-members-unknown', reason })
  return { result: 'members unknown' }
}

/** A call to a group whose members are not rung has one end, of nobody's ring. */
const groupEnd = ({ appId, event, receivedAt }: CallJob & { event: GroupEvent }) => ({
  app: appId,
  sessionId: event.sessionId,
  receivedAt,
})

/** Claims the members' rings. Each result resolves when the member's phones are settled. */
async function claimAll(
  jobId: string,
  job: CallJob & { event: GroupEvent },
  members: string[],
  deps: CallDeps,
): Promise<NonNullable<CallResult['settled']>[]> {
  const waiting = members.values()
  const atOnce = job.yields ? YIELDING_AT_ONCE : RUNG_AT_ONCE
  const settled: NonNullable<CallResult['settled']>[] = []
  const ringInTurn = async () => {
    let patienceMs = PATIENCE_MS
    for (const recipient of waiting) {
      const ring = await ringCall(jobId, { ...job, event: { ...job.event, kind: 'ring', recipient } }, deps)
      if (!ring.settled) continue
      settled.push(ring.settled)
      if (job.yields) await within(PATIENCE_MS, ring.settled)
      if (hasRoom(deps, atOnce)) continue
      const startedAt = performance.now()
      await within(patienceMs, ring.settled)
      patienceMs = Math.max(0, patienceMs - (performance.now() - startedAt))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, ringInTurn))
  return settled
}

/** Whether each of the tenant's providers has room for so many rings. Claims that are under way at once find the same room. */
const hasRoom = ({ tenant }: CallDeps, rings: number) =>
  Array.from(tenant.senders.values()).every(sender => sender.hasRoom({}, rings))
