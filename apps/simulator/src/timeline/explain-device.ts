import type { DeviceRecord } from '@ringer/store'

/** Says in one sentence why a device did not ring, or has not yet. Undefined if it rang or is about to ring. */
export function explainDevice(device: DeviceRecord): string | undefined {
  const answer = [device.status, device.reason].filter(part => part !== undefined).join(' ')
  const because = answer === '' ? '' : `: ${answer}`
  switch (device.outcome) {
    case 'accepted':
    case 'queued':
    case 'sending':
      return undefined
    case 'unregistered':
      return `The token is dead and is deleted, unless it has been registered again since${because}`
    case 'rejected':
      return `The push was rejected and is not tried again${because}`
    case 'retryable':
      return `Attempt ${device.attempt} failed; Ringer tries again while the call rings${because}`
    case 'expired':
      return `The 30 s were over before the push could be sent${because}`
    case 'skipped':
      return `Not pushed${because}`
  }
}
