import type { Cluster } from 'ioredis'

/** An end that is not stuck takes far less. */
const STUCK_MS = 500

/**
 * Has a Cluster's client end its disconnecting, always. It waits for the end of the last node in its pool; where the answer of
 * another node, a redirection, comes in meanwhile, ioredis 6.0.0 puts one more node there, that was never connected and so
 * never ends. Such a client was gone for good, and the queue whose jobs it waits for with it. Told to disconnect once more,
 * it lets go of that node as well, and whether it connects again stays as it was.
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
