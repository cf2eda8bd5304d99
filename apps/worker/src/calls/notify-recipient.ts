import { type CallJob, type ChatEvent, eventId } from '@ringer/payloads'
import type { CallDeps } from './call-deps.ts'
import { enqueueAlert } from './enqueue-alert.ts'

/** Sends a chat notification to its recipient's alert tokens. */
export async function notifyRecipient(job: CallJob & { event: ChatEvent }, deps: CallDeps): Promise<string> {
  const { event, appId, receivedAt } = job
  const { recipient, notification } = event
  const reached = await enqueueAlert(
    { appId, alertId: eventId(appId, event), recipient, alert: notification, receivedAt },
    deps,
  )
  return reached > 0 ? 'notified' : 'no devices'
}
