import { randomBytes } from 'node:crypto'

/**
 * Returns a key prefix that no other test uses, so that tests can share one Redis in parallel. The braces make it a hash
 * tag: in a Redis Cluster all its keys are in one slot.
 */
export function freshPrefix(): `{ringer-test-${string}}` {
  return `{ringer-test-${randomBytes(6).toString('hex')}}`
}
