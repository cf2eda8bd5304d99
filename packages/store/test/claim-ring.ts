import type { DeviceRecord, RingToClaim } from '@ringer/store'
import { ringEvent } from '../../payloads/test/ring-events.ts'
import { APP_ID, SENT_AT } from '../../payloads/test/webhooks.ts'

/** When the call began. */
export const CALLED_AT = SENT_AT
/** How long after it the webhook arrived, and the worker took the job. */
export const ARRIVED_AT = CALLED_AT + 300

/** Alice's call to Bob as the worker wants to have it, `later` ms after the first. */
export function ringToClaim(event: Parameters<typeof ringEvent>[0] = {}, later = 0): RingToClaim {
  return {
    appId: APP_ID,
    event: ringEvent({ sentAt: CALLED_AT + later, ...event }),
    receivedAt: ARRIVED_AT + later,
    dequeuedAt: ARRIVED_AT + later + 20,
    deadline: CALLED_AT + later + 30_000,
  }
}

export const iphone: DeviceRecord = {
  platform: 'ios',
  outcome: 'queued',
  attempt: 0,
  queuedAt: ARRIVED_AT + 30,
}
export const android: DeviceRecord = { ...iphone, platform: 'android' }
