import {
  type AlertJob,
  buildFallbackAlert,
  fallbackAlertId,
  type RingEvent,
  type RingJob,
} from '@ringer/payloads'
import type { Device } from '@ringer/store'
import type { AttemptDeps } from '../attempts/attempt-deps.ts'

/** How long a phone that sends receipts has to send one. */
const PATIENCE_MS = 3_000

/**
 * Enqueues the alert that a phone gets if it reports nothing within 3 s of the acceptance of its ring. Whether it does, and whether
 * the ring goes on, is asked when the alert is due. Called before the acceptance is recorded, so that a crash in between costs
 * nothing: the ring's job runs again and enqueues the same alert.
 */
export async function enqueueFallback(
  { job, device, event, receivedAt }: { job: RingJob; device: Device; event: RingEvent; receivedAt: number },
  { devices, pushQueues, provider, clock }: AttemptDeps,
): Promise<void> {
  const { appId, ringId, sessionId, deadline } = job
  const { recipient } = event
  const own = await devices.list(appId, recipient)
  const alerts = alertTokensOf(device, own.filter(provider.reaches)).map(
    ({ id }): AlertJob => ({
      ...{ kind: 'alert', appId, alertId: fallbackAlertId(ringId), sessionId, recipient, deadline },
      deviceId: id,
      unlessShown: { ringId, deviceId: device.id },
      alert: buildFallbackAlert(event, receivedAt),
    }),
  )
  if (alerts.length > 0) await pushQueues.enqueue(provider.name, alerts, clock() + PATIENCE_MS)
}

/** The alert token of this phone, if the app told which of them belong together, otherwise all of the user's on this platform. */
function alertTokensOf(rung: Device, own: readonly Device[]): readonly Device[] {
  const alerting = own.filter(({ kind, setAsideAt }) => kind !== 'voip' && setAsideAt === undefined)
  const same = alerting.filter(
    ({ id, deviceId }) => id === rung.id || (deviceId !== undefined && deviceId === rung.deviceId),
  )
  return same.length > 0 ? same : alerting.filter(({ platform }) => platform === rung.platform)
}
