import type { EventDelivery } from '@ringer/payloads'
import type { EventDeps, EventNext } from './event-deps.ts'
import { planDelivery } from './plan-delivery.ts'

/**
 * Delivers an event, or says when to try again. An event that is not sent, because its backend is in trouble or busy, takes the
 * next step of its plan as if it had failed: thousands of them would otherwise keep Redis busy. If too many events of its app
 * wait already, it is given up.
 */
export async function deliverEvent(job: EventDelivery, deps: EventDeps): Promise<EventNext> {
  const { receivers, events, metrics, log, clock } = deps
  const { event, failures: before } = job
  const { id, appId, type } = event
  const app = metrics.labelOf(appId)
  const delivered = (await receivers.get(appId)?.deliver(event)) ?? { kind: 'left' as const }
  if (before > 0 && (delivered.kind === 'off' || delivered.kind === 'delivered')) await events.settle(event)
  if (delivered.kind === 'off') return { done: true }
  if (delivered.kind === 'delivered') {
    metrics.events.inc({ app, result: 'delivered' })
    metrics.eventSeconds.observe({ app }, Math.max(0, clock() - Date.parse(event.occurredAt)) / 1_000)
    return { done: true }
  }
  const failures = before + 1
  const delay = planDelivery(failures, 'retryAfterMs' in delivered ? delivered.retryAfterMs : undefined)
  if (delivered.kind === 'failed') metrics.events.inc({ app, result: 'failed' })
  const reason = 'reason' in delivered ? delivered.reason : 'the backend is in trouble or busy'
  if (delay === undefined) {
    await events.settle(event)
    metrics.events.inc({ app, result: 'given-up' })
    log.error({ app: appId, eventId: id, event: type, reason }, 'an event is given up')
    return { done: true }
  }
  const at = clock() + delay
  if (!(await events.mayWait(event, at))) {
    metrics.events.inc({ app, result: 'given-up' })
    return { done: true }
  }
  log.debug({ app: appId, eventId: id, event: type, failures, reason }, 'an event was not delivered')
  return { done: false, at, job: { ...job, failures } }
}
