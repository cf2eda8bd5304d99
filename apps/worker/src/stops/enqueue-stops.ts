import type { StopAction, StopJob } from '@ringer/payloads'
import type { Provider } from '@ringer/providers'
import type { PushQueues, RingRecord } from '@ringer/store'
import { mayRing } from './may-ring.ts'

/** How long a stop is worth sending. After that, a ringing phone has stopped by itself. */
export const STOP_MS = 30_000

/** Why phones are stopped. */
interface Stopping {
  appId: string
  action: StopAction
  /** When the call ended or was answered, epoch ms. */
  since: number
  /** Leaves out phones that must go on ringing, such as the one that answered. Default: none. */
  isWanted?: (device: RingRecord['devices'][number], ring: RingRecord) => boolean
}

/**
 * Enqueues stops for the phones of these rings that may be ringing, if their provider can stop them. A ring that was
 * superseded gets no stops: they would reach phones that ring for the later one.
 */
export async function enqueueStops(
  rings: readonly RingRecord[],
  { appId, action, since, isWanted = () => true }: Stopping,
  { providers, pushQueues }: { providers: readonly Provider[]; pushQueues: PushQueues },
): Promise<void> {
  const current = rings.filter(ring => !ring.superseded)
  for (const provider of providers.filter(({ canStop }) => canStop)) {
    const stops = current.flatMap(ring =>
      ring.devices
        .filter(device => provider.reaches(device) && mayRing(device))
        .filter(device => isWanted(device, ring))
        .map(({ deviceId }): StopJob => {
          const { ringId, sessionId } = ring
          return { kind: 'stop', appId, ringId, sessionId, deviceId, deadline: since + STOP_MS, action }
        }),
    )
    if (stops.length > 0) await pushQueues.enqueue(provider.name, stops)
  }
}
