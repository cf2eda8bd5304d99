import type { AlertJob } from '@ringer/payloads'
import type { CallDeps } from './handle-call.ts'
import { providerOf } from './provider-of.ts'

/** A notification for one recipient; `receivedAt` is when what it tells of was heard of, epoch ms. */
export type AlertToSend = Pick<AlertJob, 'appId' | 'alertId' | 'sessionId' | 'recipient' | 'alert'> & {
  receivedAt: number
}

/**
 * Puts one push for each of the recipient's alert tokens into its provider's queue. An iPhone has a token of its own for
 * them; an Android phone has one for everything.
 *
 * @returns how many devices it will be sent to
 */
export async function enqueueAlert(
  { receivedAt, ...notification }: AlertToSend,
  { app, devices, pushQueues }: CallDeps,
): Promise<number> {
  const all = await devices.list(notification.appId, notification.recipient)
  const jobs = (provider: string): AlertJob[] =>
    all
      .filter(device => device.kind !== 'voip' && providerOf(device) === provider)
      .map(device => ({
        ...notification,
        kind: 'alert',
        deviceId: device.id,
        deadline: receivedAt + app.alertMs,
      }))
  let reached = 0
  for (const { provider } of app.senders) {
    const pushes = jobs(provider)
    if (pushes.length > 0) await pushQueues.enqueue(provider, pushes)
    reached += pushes.length
  }
  return reached
}
