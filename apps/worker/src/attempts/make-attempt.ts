import type { PushJob } from '@ringer/payloads'
import type { Commit, Outcome, OutgoingPush } from '@ringer/providers/senders'
import type { AttemptDeps } from './attempt-deps.ts'

/** Makes one attempt and writes its log line: one for each attempt, whatever its outcome. */
export async function makeAttempt(
  { sessionId }: Pick<PushJob, 'sessionId'>,
  push: OutgoingPush,
  attempt: number,
  commit: Commit,
  { sender, provider, log, metrics, clock }: AttemptDeps,
): Promise<Outcome> {
  const startedAt = clock()
  const outcome = await sender.send(push, commit)
  const { kind, device } = push
  if (outcome.kind === 'withheld') return outcome
  const { status, reason } = outcome
  metrics.attempts.inc({ provider: provider.name, kind, outcome: outcome.kind })
  // A rejection is a mistake in the configuration or in this code, so somebody has to look at it.
  log[outcome.kind === 'rejected' ? 'error' : 'info'](
    {
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
    'attempt',
  )
  return outcome
}
