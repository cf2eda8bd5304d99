import type { RingLook } from '@ringer/payloads'
import { LOOKED_AT_MS } from '@ringer/store'
import type { EventDeps, EventNext } from './event-deps.ts'
import { isUnderWay, ringEvents } from './ring-events.ts'

/** How long to wait for an unanswered push after the deadline, and how often to look meanwhile. */
const PATIENCE_MS = 10_000
const AGAIN_MS = 1_000

/**
 * Stores the events that a ring's record shows. Every look stores all that are new enough. Each event has a fixed id, so none is
 * stored twice. A look need not know why it was asked for, and the next one finds what it missed.
 */
export async function lookAtRing({ appId, ringId, at }: RingLook, deps: EventDeps): Promise<EventNext> {
  const { records, events, clock } = deps
  const [ring, known] = await Promise.all([records.readRing(ringId), records.readEvent(ringId)])
  if (!ring || !known) return { done: true }
  const now = clock()
  const isOver = now >= ring.deadline
  if (isOver && isUnderWay(ring) && now < ring.deadline + PATIENCE_MS)
    return { done: false, at: now + AGAIN_MS }
  const shown = ringEvents({ appId, ring, event: known.event }, now)
  await events.deliver(shown.filter(({ occurredAt }) => Date.parse(occurredAt) > at - LOOKED_AT_MS))
  return { done: true }
}
