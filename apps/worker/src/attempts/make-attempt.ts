import type { PushJob } from '@ringer/payloads'
import type { Commit, Outcome, OutgoingPush } from '@ringer/providers/senders'
import { statusClass } from '../metrics.ts'
import type { AttemptDeps } from './attempt-deps.ts'

/**
 * Makes one attempt, counts it and writes its log line: one for each attempt, whatever its outcome. A push that was held back,
 * because its provider cannot be reached or has no room, and that is tried again later, was no attempt.
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
  const { status, reason } = outcome
  const isHeldBack = outcome.kind === 'retryable' && !hasLeft
  if (!isHeldBack) {
    const labels = { app: metrics.labelOf(appId), provider: provider.name, kind, status: statusClass(status) }
    metrics.attempts.inc({ ...labels, outcome: outcome.kind })
  }
  // A rejection is a mistake in the configuration or in this code, so somebody has to look at it.
  const level = isHeldBack ? 'debug' : outcome.kind === 'rejected' ? 'error' : 'info'
  log[level](
    {
      app: appId,
      provider: provider.name,
      kind,
      sessionId,
      deviceId: device.id,
      attempt,
      outcome: outcome.kind,
      status,
      reason,
      ms: clock() - startedAt,
    },
    isHeldBack ? 'held back' : 'attempt',
  )
  return outcome
}
