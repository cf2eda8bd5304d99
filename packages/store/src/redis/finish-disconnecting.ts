import type { Cluster } from 'ioredis'

/** How long a disconnect may take before it counts as stuck. Others take far less. */
const STUCK_MS = 500

/**
 * Makes sure that a Cluster client finishes disconnecting. The client waits until the last node in its pool has closed. If
 * another node's redirection arrives meanwhile, ioredis 6.0.0 adds a node to the pool that was never connected and so never
 * closes. The client then stays in this state for good, and nothing takes jobs from the queue that it serves. A second
 * disconnect() drops that node too, and does not change whether the client reconnects.
 */
export function finishDisconnecting(client: Cluster): void {
  let again: NodeJS.Timeout | undefined
  client.on('disconnecting', () => {
    again ??= setInterval(() => {
      if (client.status === 'disconnecting') return client.disconnect(true)
      clearInterval(again)
      again = undefined
    }, STUCK_MS).unref()
  })
}
