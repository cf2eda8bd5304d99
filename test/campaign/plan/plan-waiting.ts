import type { Random } from '../random.ts'
import type { FaultStep, Phone, WebhookStep } from './plan.ts'
import { settled } from './plan-phones.ts'

/** A call that is over so long after it began is over while its push waits to be sent again. */
const SOONEST_MS = 200
const LATEST_MS = 3_000

/** Has phones whose call is over soon asked for time by their provider, so that an attempt is due after the end. */
export function planWaiting(
  random: Random,
  webhooks: readonly WebhookStep[],
  phones: readonly Phone[],
): FaultStep[] {
  const overAt = new Map<string, number>()
  for (const { sessionId, event, at, caller } of webhooks) {
    if (event.kind === 'ring' || (event.kind === 'answer' && event.uid === caller)) continue
    overAt.set(sessionId, Math.min(at, overAt.get(sessionId) ?? at))
  }
  const begun = new Set<string>()
  return webhooks.flatMap(({ sessionId, event, at }): FaultStep[] => {
    const left = (overAt.get(sessionId) ?? 0) - at
    if (event.kind !== 'ring' || begun.has(sessionId)) return []
    begun.add(sessionId)
    if (left < SOONEST_MS || left > LATEST_MS || !random.chance(0.7)) return []
    // Only of these it is known whose phone it will be.
    if (!settled.some(uid => uid === event.recipient)) return []
    const own = [...phones.keys()].filter(index => phones[index]?.uid === event.recipient)
    return own.map(phone => {
      const { platform, environment } = phones[phone] ?? {}
      const apple = environment === 'sandbox' ? ('apns-sandbox' as const) : ('apns' as const)
      const provider = platform === 'android' ? ('fcm' as const) : apple
      const reason = platform === 'android' ? 'QUOTA_EXCEEDED' : 'TooManyRequests'
      const fault = { status: 429, reason, retryAfter: random.between(3, 5) }
      return { do: 'order', at: Math.max(0, at - 20), provider, fault, times: 1, phone }
    })
  })
}
