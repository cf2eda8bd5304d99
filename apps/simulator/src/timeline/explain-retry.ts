import type { DeviceRecord } from '@ringer/store'
import type { ArrivedPush } from '../simulation/arrived-push.ts'

/**
 * Why the attempt before the present one failed, for a device that is being rung, or was, and needed more than one. The record keeps the reason of
 * the last failure that a worker lived to write down, and the provider's own status is known from the wire.
 */
export function explainRetry(device: DeviceRecord, pushes: ArrivedPush[]): string | undefined {
  const tried = device.outcome === 'sending' || device.outcome === 'accepted'
  if (device.attempt < 2 || !tried) return undefined
  const { reason } = device
  if (reason === undefined) return 'its worker died before it heard an answer'
  const answered = pushes.findLast(push => push.reason === reason && push.status !== null)
  return answered ? `${answered.status} ${reason}` : reason
}
