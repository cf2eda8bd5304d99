import { type EventJob, eventJob } from '@ringer/payloads'
import { AGAIN_PRIORITY, EVENTS } from '@ringer/store'
import type { QueueHandler } from '../queues/run-queue.ts'
import { deliverEvent } from './deliver-event.ts'
import type { EventDeps, EventNext } from './event-deps.ts'
import { lookAtDevice } from './look-at-device.ts'
import { lookAtRing } from './look-at-ring.ts'

/** How many events of one app are under way at once. Enough for a backend that answers within 100 ms to get 400 events a second. */
export const EVENTS_IN_HAND = 40

/**
 * The handler of the queue `events`. Each app adds places, and the looks at rings and devices add as many: slow backends of some
 * apps never delay the events of the others.
 */
export function serveEvents(deps: EventDeps): QueueHandler {
  return {
    ...{ name: EVENTS, setting: EVENTS, concurrency: (deps.receivers.size + 1) * EVENTS_IN_HAND },
    async handle(job) {
      const next = await handleEvent(eventJob.parse(job.data), deps)
      if (next.done) return { sessionId: '' }
      return { retryAt: next.at, ...(next.job && { data: next.job, priority: AGAIN_PRIORITY }) }
    },
  }
}

async function handleEvent(job: EventJob, deps: EventDeps): Promise<EventNext> {
  switch (job.kind) {
    case 'ring':
      return lookAtRing(job, deps)
    case 'device':
      return lookAtDevice(job, deps)
    case 'deliver':
      return deliverEvent(job, deps)
  }
}
