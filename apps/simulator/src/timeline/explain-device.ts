import type { DeviceRecord } from '@ringer/store'

/** In a sentence, why a device did not ring (yet). Nothing for one that was rung or is about to be. */
export function explainDevice(device: DeviceRecord): string | undefined {
  const said = [device.status, device.reason].filter(part => part !== undefined).join(' ')
  const because = said === '' ? '' : `: ${said}`
  switch (device.outcome) {
    case 'accepted':
    case 'queued':
    case 'sending':
      return undefined
    case 'unregistered':
      return `The token is dead, and forgotten unless it was registered again since${because}`
    case 'rejected':
      return `The push was refused for good${because}`
    case 'retryable':
      return `Attempt ${device.attempt} failed, another follows while the call rings${because}`
    case 'expired':
      return `The 30 s were over before the push could be sent${because}`
    case 'skipped':
      return `Not pushed${because}`
  }
}
