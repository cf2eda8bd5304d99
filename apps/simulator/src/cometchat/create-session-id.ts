import { randomUUID } from 'node:crypto'

/** A session id as CometChat makes them, `v1.us.<32 hex>`: its tail, with dashes, is the call's UUID. */
export function createSessionId(region = 'us'): string {
  return `v1.${region}.${randomUUID().replaceAll('-', '')}`
}
