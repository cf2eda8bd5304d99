import type { CallJob, EndEvent, StopJob } from '@ringer/payloads'
import type { DeviceOutcome, DeviceRecord } from '@ringer/store'
import type { CallDeps } from './handle-call.ts'

/** How long a stop is worth telling: a phone that hears of the ring and of its end later has stopped by itself. */
export const STOP_MS = 30_000

const mayRingAfter: ReadonlySet<DeviceOutcome> = new Set(['accepted', 'retryable', 'expired', 'skipped'])

/**
 * Phones that may be ringing: also after attempts that were given up, for one without an answer may have been delivered.
 * One whose attempt is under way is stopped by that attempt, when it knows how it went.
 */
const mayRing = ({ attempt, outcome }: DeviceRecord) => attempt > 0 && mayRingAfter.has(outcome)

/**
 * Ends the call's rings, so that no later attempt starts, and tells the Android phones that were rung. An iPhone hears
 * of the end from its app: iOS takes every VoIP push for a call.
 */
export async function endCall(
  jobId: string,
  job: CallJob & { event: EndEvent },
  deps: CallDeps,
): Promise<string> {
  const { event } = job
  const rings = await deps.records.end(jobId, job.appId, event, job.receivedAt)
  const stops = rings.flatMap(ring =>
    ring.devices
      .filter(device => device.platform === 'android' && mayRing(device))
      .map(
        (device): StopJob => ({
          kind: 'stop',
          ringId: ring.ringId,
          sessionId: ring.sessionId,
          deviceId: device.deviceId,
          deadline: job.receivedAt + STOP_MS,
          action: event.action,
        }),
      ),
  )
  await deps.pushQueues.enqueue('fcm', stops)
  return rings.length > 0 ? event.action : 'no ring to end'
}
