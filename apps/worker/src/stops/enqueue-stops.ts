import type { StopAction, StopJob } from '@ringer/payloads'
import type { Provider } from '@ringer/providers'
import type { DeviceRecord, PushQueues, RingRecord } from '@ringer/store'
import { isBeingRung, mayRing } from './may-ring.ts'

/** How long a stop is worth sending. After that, a ringing phone has stopped by itself. */
export const STOP_MS = 30_000

/**
 * How long an attempt that is under way when the call ends has to be answered. Then the worker of the attempt knows whether
 * the phone rings, and stops it: `stopAfterAttempt`. An attempt without an answer may be open until the deadline, and its
 * phone may ring meanwhile.
 */
const ANSWER_MS = 1_000

interface StopsDeps {
  providers: readonly Provider[]
  pushQueues: PushQueues
  clock: () => number
}

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
 *
 * A phone that an attempt is under way to gets its stop a second later, if the attempt is not answered by then.
 */
export async function enqueueStops(
  rings: readonly RingRecord[],
  { appId, action, since, isWanted = () => true }: Stopping,
  { providers, pushQueues, clock }: StopsDeps,
): Promise<void> {
  const current = rings.filter(ring => !ring.superseded)
  const deadline = since + STOP_MS
  for (const provider of providers.filter(({ canStop }) => canStop)) {
    /** The stops of the phones that are in this state. */
    const stopsOf = (isMeant: (device: DeviceRecord) => boolean) =>
      current.flatMap(ring =>
        ring.devices
          .filter(device => provider.reaches(device) && isMeant(device) && isWanted(device, ring))
          .map(({ deviceId }): StopJob => {
            const { ringId, sessionId } = ring
            return { kind: 'stop', appId, ringId, sessionId, deviceId, deadline, action }
          }),
      )
    const now = stopsOf(mayRing)
    if (now.length > 0) await pushQueues.enqueue(provider.name, now)
    const later = stopsOf(isBeingRung).map(stop => ({ ...stop, ifUnanswered: true as const }))
    if (later.length > 0) await pushQueues.enqueue(provider.name, later, clock() + ANSWER_MS)
  }
}
