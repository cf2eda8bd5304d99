import type { Random } from '../random.ts'
import type { FaultStep, Phone, WebhookStep } from './plan.ts'
import { settled } from './plan-phones.ts'

/** A call that ends this long after its ring ends while a push with Retry-After waits for its next attempt. */
const SOONEST_MS = 200
const LATEST_MS = 3_000

/** Orders a Retry-After for the phones of calls that end soon, so that an attempt becomes due after the end. */
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
  const seen = new Set<string>()
  return webhooks.flatMap(({ sessionId, event, at }): FaultStep[] => {
    const left = (overAt.get(sessionId) ?? 0) - at
    if (event.kind !== 'ring' || seen.has(sessionId)) return []
    seen.add(sessionId)
    if (left < SOONEST_MS || left > LATEST_MS || !random.chance(0.7)) return []
    // Only the settled users' phones are certain to be theirs.
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
