import { QueueEvents } from 'bullmq'
import { CALLS, GROUPS, providers, pushQueueName } from '../queues/names.ts'
import type { RedisClient } from '../redis/connect.ts'

/** What a finished job of any queue returns, so that whoever watches knows which call moved. */
export interface JobResult {
  sessionId: string
}

/**
 * Tells of every job that ended, by its call's session id: for a page that shows calls as they go, without polling.
 *
 * @param connection from connectPatient; each queue's events are read on a connection of their own
 */
export function watchCalls(connection: RedisClient, prefix: string, listener: (sessionId: string) => void) {
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
