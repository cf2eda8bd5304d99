import type { Provider } from '@ringer/store'
import type { PushSender } from './push-sender.ts'

/** Stands where an app has no way to a provider; a push that was queued all the same is on record with the reason. */
export function refuseToSend(provider: Provider): PushSender {
  const refusal = {
    kind: 'rejected' as const,
    reason: `this worker has no settings of ${provider} for the app`,
  }
  return { provider, send: async () => refusal, close: async () => {} }
}
