import type { PushJob } from '@ringer/payloads'
import type { Commit, Outcome, OutgoingPush, Withheld } from '@ringer/providers/senders'
import { statusClass } from '../metrics.ts'
import type { AttemptDeps } from './attempt-deps.ts'

/**
 * Makes one attempt, counts it and writes its log line. If nothing left, because there is no connection, no room or no credentials,
 * the line and the reason say `not sent`, and it is counted apart from the attempts that left.
 */
export async function makeAttempt(
  { appId, sessionId }: Pick<PushJob, 'appId' | 'sessionId'>,
  push: OutgoingPush,
  attempt: number,
  commit: Commit,
  { sender, provider, log, metrics, clock, traced }: AttemptDeps,
): Promise<Outcome> {
  const startedAt = clock()
  let hasLeft = false
  const { kind, device } = push
  const send = () =>
    sender.send(push, async () => {
      const mayLeave = await commit()
      hasLeft ||= mayLeave
      return mayLeave
    })
  const attributes = () => ({
    ...{ 'ringer.app': appId, 'ringer.provider': provider.name, 'ringer.kind': kind },
    ...{ 'ringer.session': sessionId ?? '', 'ringer.device': device.id, 'ringer.attempt': attempt },
  })
  const outcome = traced ? await traced('push', attributes(), send) : await send()
  if (outcome.kind === 'withheld') return outcome
  const made = nameUnsent(outcome, hasLeft)
  const { status, reason } = made
  const unsent = isUnsent(made)
  const labels = { app: metrics.labelOf(appId), provider: provider.name, kind, outcome: made.kind }
  if (unsent) metrics.notSent.inc(labels)
  else metrics.attempts.inc({ ...labels, status: statusClass(status) })
  // A rejection is a mistake in the configuration or in this code, so somebody has to look at it. What waits is nobody's mistake.
  const level = made.kind === 'rejected' ? 'error' : unsent ? 'debug' : 'info'
  log[level](
    {
      app: appId,
      provider: provider.name,
      kind,
      sessionId,
      deviceId: device.id,
      attempt,
      outcome: made.kind,
      status,
      reason,
      ms: clock() - startedAt,
    },
    unsent ? 'not sent' : 'attempt',
  )
  return made
}

/** Whether nothing of a push left. */
export const isUnsent = (outcome: Outcome): boolean => 'isUnsent' in outcome && outcome.isUnsent === true

/** Says in the reason that nothing left. The answer to an earlier attempt has a status: that one did leave. */
function nameUnsent(outcome: Exclude<Outcome, Withheld>, hasLeft: boolean): Exclude<Outcome, Withheld> {
  if (outcome.kind !== 'retryable' && outcome.kind !== 'rejected') return outcome
  if (!isUnsent(outcome) && (hasLeft || outcome.status !== undefined)) return outcome
  return { ...outcome, isUnsent: true, reason: `not sent: ${outcome.reason}` }
}
