import { buildMissedCall, type CallJob, type EndAction, type EndEvent, missedCallId } from '@ringer/payloads'
import type { RingRecord } from '@ringer/store'
import { enqueueAlert } from './enqueue-alert.ts'
import type { CallDeps } from './handle-call.ts'
import { isRung } from './who-rang.ts'

/** Who rejected a call, or was busy, has seen it. */
const missedBy: ReadonlySet<EndAction> = new Set(['cancelled', 'unanswered'])

/** Tells the recipient of a call that rang and that nobody took. A ring has one such notification, whoever ends it. */
export async function tellOfMissedCall(
  ring: RingRecord,
  { appId, event, receivedAt }: CallJob & { event: EndEvent },
  deps: CallDeps,
): Promise<void> {
  if (!missedBy.has(event.action) || ring.answeredAt !== undefined || !ring.devices.some(isRung)) return
  const known = await deps.records.readEvent(ring.ringId)
  if (!known) return
  await enqueueAlert(
    {
      appId,
      alertId: missedCallId(ring.ringId),
      sessionId: ring.sessionId,
      recipient: ring.recipient,
      alert: buildMissedCall(known.event, known.receivedAt, deps.app.missedCall?.localisationKey),
      receivedAt,
    },
    deps,
  )
}
