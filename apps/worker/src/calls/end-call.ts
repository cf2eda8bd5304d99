import type { CallJob, EndEvent, StopAction, StopJob } from '@ringer/payloads'
import type { RingRecord } from '@ringer/store'
import type { CallDeps } from './handle-call.ts'
import { tellOfMissedCall } from './tell-of-missed-call.ts'
import { mayRing } from './who-rang.ts'

/** How long a stop is worth telling: a phone that hears of the ring and of its end later has stopped by itself. */
export const STOP_MS = 30_000

/**
 * Ends the call's rings, so that no later attempt starts, and tells the Android phones that were rung. An iPhone hears
 * of the end from its app: iOS takes every VoIP push for a call.
 */
export async function endCall(
  jobId: string,
  job: CallJob & { event: EndEvent },
  deps: CallDeps,
): Promise<string> {
  const { event, appId, receivedAt } = job
  const rings = await deps.records.end(jobId, appId, event, receivedAt)
  const stops = rings.flatMap(ring => stopsOf(ring, job, event.action, () => true))
  await deps.pushQueues.enqueue('fcm', stops)
  if (deps.app.missedCall) {
    await Promise.all(rings.map(ring => tellOfMissedCall(ring, job, deps)))
  }
  return rings.length > 0 ? event.action : 'no ring to end'
}

/**
 * The stops for a ring's Android phones that may be ringing, as far as they are wanted. Of a ring that was superseded there
 * are none: they would reach phones that ring for the later one.
 */
export function stopsOf(
  ring: RingRecord,
  { appId, receivedAt }: Pick<CallJob, 'appId' | 'receivedAt'>,
  action: StopAction,
  wanted: (deviceId: string) => boolean,
): StopJob[] {
  if (ring.superseded) return []
  return ring.devices
    .filter(device => device.platform === 'android' && mayRing(device) && wanted(device.deviceId))
    .map(({ deviceId }) => ({
      kind: 'stop',
      appId,
      ringId: ring.ringId,
      sessionId: ring.sessionId,
      deviceId,
      deadline: receivedAt + STOP_MS,
      action,
    }))
}
