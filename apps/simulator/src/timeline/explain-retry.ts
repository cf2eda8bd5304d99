import type { DeviceRecord } from '@ringer/store'
import type { ArrivedPush } from './arrived-push.ts'

/**
 * Says why the previous attempt failed, for a device that is on its second or a later attempt, or was rung by one. The
 * record has the reason of the last failure that a worker recorded; the provider's status comes from the push itself.
 */
export function explainRetry(device: DeviceRecord, pushes: ArrivedPush[]): string | undefined {
  const isSentAgain = device.outcome === 'sending' || device.outcome === 'accepted'
  if (device.attempt < 2 || !isSentAgain) return undefined
  const { reason } = device
  if (reason === undefined) return 'its worker died before it got an answer'
  const refused = pushes.findLast(push => push.reason === reason && push.status !== null)
  return refused ? `${refused.status} ${reason}` : reason
}
