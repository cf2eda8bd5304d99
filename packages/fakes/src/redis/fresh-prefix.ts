import { randomBytes } from 'node:crypto'

/**
 * A key prefix that no other test uses, so that tests share one Redis in parallel. The braces make it a hash tag:
 * with Redis Cluster all its keys live in one slot.
 */
export function freshPrefix(): `{ringer-test-${string}}` {
  return `{ringer-test-${randomBytes(6).toString('hex')}}`
}
