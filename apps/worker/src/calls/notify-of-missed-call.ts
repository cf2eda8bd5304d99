import { buildMissedCall, type CallJob, type EndAction, type EndEvent, missedCallId } from '@ringer/payloads'
import type { RingRecord } from '@ringer/store'
import { wasTried } from '../stops/may-ring.ts'
import type { CallDeps } from './call-deps.ts'
import { enqueueAlert } from './enqueue-alert.ts'

/** A recipient who rejected the call, or was busy, has seen it. */
const missedBy: ReadonlySet<EndAction> = new Set(['cancelled', 'unanswered'])

/**
 * Notifies the recipient of a call that rang, or that should have rung, and that nobody answered: once per ring, even if several events
 * end it.
 */
export async function notifyOfMissedCall(
  ring: RingRecord,
  { appId, event, receivedAt }: CallJob & { event: EndEvent },
  deps: CallDeps,
): Promise<void> {
  if (!missedBy.has(event.action) || ring.answeredAt !== undefined || !ring.devices.some(wasTried)) return
  const known = await deps.records.readEvent(ring.ringId)
  if (!known) return
  await enqueueAlert(
    {
      appId,
      alertId: missedCallId(ring.ringId),
      sessionId: ring.sessionId,
      recipient: ring.recipient,
      alert: buildMissedCall(known.event, known.receivedAt, deps.tenant.missedCall?.localisationKey),
      receivedAt,
    },
    deps,
  )
}
