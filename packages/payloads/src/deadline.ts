/**
 * Computes a ring's deadline. It counts from the moment the caller pressed the button, if the webhook states it, but never
 * from later than the webhook's arrival, so that a sender whose clock is fast cannot extend it.
 *
 * @param receivedAt when the webhook arrived, epoch ms
 * @param sentAt the event's own time, epoch ms
 * @param ringMs how long a call rings
 * @returns epoch ms
 */
export function deadlineOf(receivedAt: number, sentAt: number | undefined, ringMs: number): number {
  return Math.min(receivedAt, sentAt ?? receivedAt) + ringMs
}
