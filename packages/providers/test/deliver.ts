import { setTimeout as pause } from 'node:timers/promises'
import { planRetry } from '../../../apps/worker/src/attempts/plan-retry.ts'
import type { Outcome } from '../src/sending/outcome.ts'
import type { OutgoingPush, PushSender } from '../src/sending/push-sender.ts'
import { commit } from './pushes/outgoing-push.ts'

const IN_HAND = 2_400

/** The outcome of one attempt, and how long it took, ms. */
export interface MadeAttempt {
  outcome: Outcome
  ms: number
}

/** Makes one attempt. */
export async function attempt(sender: PushSender, push: OutgoingPush): Promise<MadeAttempt> {
  const startedAt = performance.now()
  const outcome = await sender.send(push, commit)
  return { outcome, ms: performance.now() - startedAt }
}

/** Sends a push with the retries that the retry plan allows, as the queue does. Returns all attempts. */
export async function deliver(sender: PushSender, push: OutgoingPush): Promise<MadeAttempt[]> {
  const attempts: MadeAttempt[] = []
  let refused = push.refused
  for (;;) {
    const made = await attempt(sender, { ...push, refused })
    attempts.push(made)
    if (made.outcome.kind !== 'retryable') return attempts
    refused = made.outcome.refused
    const plan = planRetry(made.outcome, attempts.length, Date.now(), push.deadline)
    if (!plan.retry) return attempts
    await pause(Math.max(0, plan.at - Date.now()))
  }
}

/**
 * Makes many deliveries, with so many in hand at a time as a worker has: as many as Apple allows, and some that wait. With
 * all of them in hand, the test would mostly ask again for room.
 */
export async function deliverMany(
  numbers: number[],
  deliverTo: (number: number) => Promise<MadeAttempt[]>,
): Promise<MadeAttempt[]> {
  const made: MadeAttempt[] = []
  const left = numbers.values()
  const inHand = Array.from({ length: IN_HAND }, async () => {
    for (const number of left) made.push(...(await deliverTo(number)))
  })
  await Promise.all(inHand)
  return made
}

/** The outcome of each delivery's last attempt. */
export const lastKinds = (deliveries: MadeAttempt[][]) =>
  deliveries.map(attempts => attempts.at(-1)?.outcome.kind)
