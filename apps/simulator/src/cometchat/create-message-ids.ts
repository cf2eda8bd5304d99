/**
 * Every action of a call is a message of its own, so a cancel has another `data.call.id` than its ring.
 * Starting from the clock keeps ids apart from those of the simulator's last run.
 */
export function createMessageIds(clock: () => number = Date.now): () => string {
  let last = 0
  return () => {
    last = Math.max(last + 1, clock())
    return String(last)
  }
}
