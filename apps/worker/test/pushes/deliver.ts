import { setTimeout as pause } from 'node:timers/promises'
import type { Outcome } from '../../src/pushes/outcome.ts'
import { planRetry } from '../../src/pushes/plan-retry.ts'
import type { OutgoingPush, PushSender } from '../../src/pushes/push-sender.ts'

/** One attempt, and how long it took, ms. */
export interface MadeAttempt {
  outcome: Outcome
  ms: number
}

/** Makes one attempt. */
export async function attempt(sender: PushSender, push: OutgoingPush): Promise<MadeAttempt> {
  const startedAt = performance.now()
  const outcome = await sender.send(push)
  return { outcome, ms: performance.now() - startedAt }
}

/** Attempts a push for as long as the retry plan says so, as the queue does. Returns all attempts. */
export async function deliver(sender: PushSender, push: OutgoingPush): Promise<MadeAttempt[]> {
  const attempts: MadeAttempt[] = []
  for (;;) {
    const made = await attempt(sender, push)
    attempts.push(made)
    if (made.outcome.kind !== 'retryable') return attempts
    const plan = planRetry(made.outcome, attempts.length, Date.now(), push.deadline)
    if (!plan.retry) return attempts
    await pause(Math.max(0, plan.at - Date.now()))
  }
}

/** What the last attempts came to. */
export const lastKinds = (deliveries: MadeAttempt[][]) =>
  deliveries.map(attempts => attempts.at(-1)?.outcome.kind)
