import type { PushJob } from '@ringer/payloads'
import type { Outcome } from './outcome.ts'
import type { PushDeps } from './push-deps.ts'
import type { OutgoingPush } from './push-sender.ts'

/** Makes the attempt, and writes the one line that every attempt gets. */
export async function makeAttempt(
  { sessionId }: Pick<PushJob, 'sessionId'>,
  push: OutgoingPush,
  attempt: number,
  { sender, log, metrics, clock }: Pick<PushDeps, 'sender' | 'log' | 'metrics' | 'clock'>,
): Promise<Outcome> {
  const startedAt = clock()
  const outcome = await sender.send(push)
  const { provider } = sender
  const { kind, device } = push
  const { status, reason } = outcome
  metrics.attempts.inc({ provider, kind, outcome: outcome.kind })
  // A refusal for good is a mistake in the configuration or in this code, and wants somebody's attention.
  log[outcome.kind === 'rejected' ? 'error' : 'info'](
    {
      provider,
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
