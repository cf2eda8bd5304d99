import { QueueEvents } from 'bullmq'
import { CALLS, GROUPS, pushQueueName } from '../queues/names.ts'
import type { RedisClient } from '../redis/connect.ts'

/** What a finished job of any queue returns, so that watchCalls knows which call it belongs to. */
export interface JobResult {
  sessionId: string
}

/**
 * Calls the listener with a call's session id whenever one of its jobs is done, so that a page can show calls live without
 * polling.
 *
 * @param connection from connectPatient; BullMQ duplicates it for each queue
 */
export function watchCalls(
  connection: RedisClient,
  prefix: string,
  providers: readonly string[],
  listener: (sessionId: string) => void,
) {
  const streams = [CALLS, GROUPS, ...providers.map(pushQueueName)].map(name => {
    const events = new QueueEvents(name, { connection, prefix })
    events.on('error', () => {})
    events.on('completed', ({ returnvalue }) => {
      const { sessionId } = (returnvalue ?? {}) as unknown as Partial<JobResult>
      if (sessionId) listener(sessionId)
    })
    return events
  })
  return {
    ready: async () => {
      await Promise.all(streams.map(stream => stream.waitUntilReady()))
    },
    close: async () => {
      await Promise.all(streams.map(stream => stream.close()))
    },
  }
}
