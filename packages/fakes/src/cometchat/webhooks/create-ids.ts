import { randomUUID } from 'node:crypto'

/** A new session id in CometChat's form, `v1.us.<32 hex>`. Its tail, with dashes, is the call's UUID. */
export function createSessionId(region = 'us'): string {
  return `v1.${region}.${randomUUID().replaceAll('-', '')}`
}

/**
 * Creates message ids. Every action on a call is a message of its own, so a cancel has another `data.call.id` than its
 * ring. The ids start from the clock, so that they differ from those of an earlier run.
 */
export function createMessageIds(clock: () => number = Date.now): () => string {
  let last = 0
  return () => {
    last = Math.max(last + 1, clock())
    return String(last)
  }
}
