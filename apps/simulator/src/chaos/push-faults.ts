import type { ApnsFault, Fault } from '@ringer/fakes'

const LATE_MS = 1_000
/** Later than the caller hangs up in the trial of this fault. */
const LATE_DELIVERY_MS = 2_000
const RETRY_AFTER_S = 2
const DAY_MS = 86_400_000

/** What the stand-in for Apple can do with a push, by the name that requests use. `now` is epoch ms. */
export const apnsPushFaults = {
  latency: () => ({ delayMs: LATE_MS }),
  '429': () => ({ status: 429, reason: 'TooManyRequests', retryAfter: RETRY_AFTER_S }),
  '500': () => ({ status: 500, reason: 'InternalServerError' }),
  '503': () => ({ status: 503, reason: 'ServiceUnavailable' }),
  unregistered: now => ({ status: 410, reason: 'Unregistered', timestamp: now }),
  // Older than the registration of every phone on the page, so Ringer must keep the phone.
  'stale-unregistered': now => ({ status: 410, reason: 'Unregistered', timestamp: now - DAY_MS }),
  'late-delivery': () => ({ deliverAfterMs: LATE_DELIVERY_MS }),
  goaway: () => ({ goaway: true }),
  reset: () => ({ reset: true }),
  'refused-stream': () => ({ refuseStream: true }),
  hang: () => ({ hang: true }),
  'lost-answer': () => ({ acceptThenHang: true }),
  'endless-body': () => ({ endlessBody: true }),
} as const satisfies Record<string, (now: number) => ApnsFault>

/** The same for Google. Faults that need HTTP/2 are missing, and Google does not say when a token became invalid. */
export const fcmPushFaults = {
  latency: apnsPushFaults.latency,
  '429': () => ({ status: 429, reason: 'QUOTA_EXCEEDED', retryAfter: RETRY_AFTER_S }),
  '500': () => ({ status: 500, reason: 'INTERNAL' }),
  '503': () => ({ status: 503, reason: 'UNAVAILABLE' }),
  unregistered: () => ({ status: 404, reason: 'UNREGISTERED' }),
  reset: apnsPushFaults.reset,
  hang: apnsPushFaults.hang,
  'lost-answer': apnsPushFaults['lost-answer'],
  'endless-body': apnsPushFaults['endless-body'],
} as const satisfies Record<string, (now: number) => Fault>

export type ApnsFaultName = keyof typeof apnsPushFaults
export type FcmFaultName = keyof typeof fcmPushFaults

export const isApnsFault = (name: string): name is ApnsFaultName => Object.hasOwn(apnsPushFaults, name)
export const isFcmFault = (name: string): name is FcmFaultName => Object.hasOwn(fcmPushFaults, name)
