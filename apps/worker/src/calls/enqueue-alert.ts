import type { AlertJob } from '@ringer/payloads'
import { providerOf } from '@ringer/providers'
import type { CallDeps } from './call-deps.ts'

/** An alert for one recipient. `receivedAt` is when the event that it reports arrived, epoch ms. */
export type AlertToSend = Pick<AlertJob, 'appId' | 'alertId' | 'sessionId' | 'recipient' | 'alert'> & {
  receivedAt: number
}

/**
 * Puts one push for each of the recipient's alert tokens into its provider's queue. An iPhone has a separate token for
 * alerts; an Android phone has one token for everything.
 *
 * @returns how many devices the alert is sent to
 */
export async function enqueueAlert(
  { receivedAt, ...alert }: AlertToSend,
  { tenant, providers, devices, pushQueues }: CallDeps,
): Promise<number> {
  const all = await devices.list(alert.appId, alert.recipient)
  const deadline = receivedAt + tenant.alertMs
  let reached = 0
  for (const provider of tenant.senders.keys()) {
    const pushes = all
      .filter(({ setAsideAt }) => setAsideAt === undefined)
      .filter(device => device.kind !== 'voip' && providerOf(device, providers)?.name === provider)
      .map((device): AlertJob => ({ ...alert, kind: 'alert', deviceId: device.id, deadline }))
    if (pushes.length > 0) await pushQueues.enqueue(provider, pushes)
    reached += pushes.length
  }
  return reached
}
