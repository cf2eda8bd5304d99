import type { ApnsFault, Fault } from '@ringer/fakes'
import type { Random } from '../random.ts'
import {
  type FaultStep,
  INGRESSES,
  type Phone,
  type PhoneStep,
  type ProviderName,
  providerNames,
  WORKERS,
} from './plan.ts'
import { settled } from './plan-phones.ts'

/** A process needs about this long to start, ms. */
const START_MS = 2_500

/** What goes wrong: each part of the world on its own, so that troubles meet. */
export function planFaults(
  random: Random,
  phones: readonly Phone[],
  endsAt: number,
): (FaultStep | PhoneStep)[] {
  const worker = planWorkerFaults(random.of('workers'), endsAt)
  const redis = planRedisFaults(random.of('redis'), endsAt)
  const faults: FaultStep[] = [
    ...worker,
    ...redis,
    ...planPushesInHand(random.of('pushes in hand'), [...worker, ...redis]),
    ...planIngressFaults(random.of('ingresses'), endsAt),
    ...providerNames.flatMap(provider => planProviderFaults(random.of(provider), provider, phones, endsAt)),
  ]
  return [...faults, ...planNewRegistrations(random.of('new registrations'), phones, faults)]
}

/** Has pushes under way when a worker or Redis goes, whose answer is not there yet, or never comes. */
function planPushesInHand(random: Random, troubles: readonly FaultStep[]): FaultStep[] {
  return troubles
    .filter(() => random.chance(0.6))
    .flatMap(trouble => {
      const fault = random.pick<Fault>([{ hang: true }, { delayMs: random.between(600, 1_200) }])
      const at = trouble.at - random.between(200, 900)
      return providerNames.map(provider => ({ do: 'order' as const, at, provider, fault, times: 2 }))
    })
}

/** A phone that was called dead registers again after a while. */
function planNewRegistrations(
  random: Random,
  phones: readonly Phone[],
  faults: readonly FaultStep[],
): PhoneStep[] {
  return faults.flatMap((fault): PhoneStep[] => {
    if (fault.do !== 'report-dead' || fault.stale) return []
    const { phone } = fault
    const at = fault.at + random.between(2_000, 8_000)
    const uid = phones[phone]?.uid ?? ''
    return [{ do: 'register', at, phone, uid, ingress: random.between(0, INGRESSES - 1) }]
  })
}

function planWorkerFaults(random: Random, endsAt: number): FaultStep[] {
  const steps: FaultStep[] = []
  for (let at = 3_000; at < endsAt; at += random.between(4_000, 14_000)) {
    const first = random.between(0, WORKERS - 1)
    const howMany = random.pick([1, 1, 1, 1, 2, 3])
    let longest = 0
    for (let index = 0; index < howMany; index += 1) {
      const worker = (first + index) % WORKERS
      const step = pickWorkerFault(random, worker, at + index * random.between(0, 400))
      longest = Math.max(longest, step.forMs)
      steps.push(step)
    }
    at += longest + START_MS
  }
  return steps
}

function pickWorkerFault(random: Random, worker: number, at: number): FaultStep & { forMs: number } {
  const which = random.pick(['kill-worker', 'kill-worker', 'terminate-worker', 'freeze-worker'] as const)
  // Longer than the lock of 3 s, most of the time.
  const forMs = which === 'freeze-worker' ? random.between(2_000, 9_000) : random.between(0, 3_000)
  return { do: which, at, worker, forMs }
}

function planIngressFaults(random: Random, endsAt: number): FaultStep[] {
  const steps: FaultStep[] = []
  for (let at = 15_000; at < endsAt; at += random.between(20_000, 50_000)) {
    const which = random.pick(['kill-ingress', 'terminate-ingress'] as const)
    steps.push({ do: which, at, ingress: random.between(0, INGRESSES - 1), forMs: random.between(0, 2_000) })
  }
  return steps
}

function planRedisFaults(random: Random, endsAt: number): FaultStep[] {
  const steps: FaultStep[] = []
  for (let at = 10_000; at < endsAt; at += random.between(14_000, 32_000)) {
    const which = random.pick(['kill-redis', 'pause-redis'] as const)
    const forMs = random.chance(0.6) ? random.between(100, 1_200) : random.between(1_200, 6_000)
    steps.push({ do: which, at, forMs })
    at += forMs
  }
  return steps
}

function planProviderFaults(
  random: Random,
  provider: ProviderName,
  phones: readonly Phone[],
  endsAt: number,
): FaultStep[] {
  const steps: FaultStep[] = []
  for (let at = random.between(1_000, 4_000); at < endsAt; at += random.between(1_000, 5_000)) {
    const step = pickProviderFault(random, provider, phones, at)
    steps.push(step)
    // Troubles of the connection do not overlap; orders may.
    at += 'forMs' in step ? step.forMs : 0
  }
  return steps
}

function pickProviderFault(
  random: Random,
  provider: ProviderName,
  phones: readonly Phone[],
  at: number,
): FaultStep {
  const what = random.next()
  if (what < 0.07) {
    const newConnections = random.chance(0.5)
    const forMs = random.chance(0.15) ? random.between(15_000, 32_000) : random.between(500, 6_000)
    return { do: 'freeze-provider', at, provider, newConnections, forMs }
  }
  if (what < 0.12) {
    const drop = random.chance(0.6)
    return { do: 'refuse-connections', at, provider, drop, forMs: random.between(500, 5_000) }
  }
  if (what < 0.18) return { do: 'drop-connections', at, provider }
  if (what < 0.23) {
    return provider === 'fcm'
      ? { do: 'revoke-access-tokens', at, refusals: random.between(0, 2) }
      : { do: 'limit-streams', at, provider, forMs: random.between(2_000, 8_000) }
  }
  if (what < 0.37) {
    const own = [...phones.keys()].filter(index => isServedBy(phones[index], provider))
    // Google does not say since when.
    const stale = provider !== 'fcm' && random.chance(0.75)
    return { do: 'report-dead', at, phone: random.pick(own), stale }
  }
  const fault = provider === 'fcm' ? pickFault(random, 'fcm') : pickApnsFault(random)
  return { do: 'order', at, provider, fault, times: timesOf(random, fault) }
}

/** How many pushes meet a fault: many an answer that is to be tried again, one a refusal for good. */
function timesOf(random: Random, fault: ApnsFault): number {
  if ('delayMs' in fault && !('status' in fault)) return random.between(2, 15)
  if (!('status' in fault)) return random.between(1, 4)
  return fault.status === 400 || fault.status === 403 ? 1 : random.between(2, 8)
}

/** Of the phones that stay with their user, so that it is known who registers them again. */
function isServedBy(phone: Phone | undefined, provider: ProviderName): boolean {
  if (!settled.some(uid => uid === phone?.uid)) return false
  if (phone?.platform === 'android') return provider === 'fcm'
  return provider === (phone?.environment === 'sandbox' ? 'apns-sandbox' : 'apns')
}

function pickApnsFault(random: Random): ApnsFault {
  if (random.chance(0.25)) {
    return random.pick<ApnsFault>([{ refuseStream: true }, { goaway: true }, { goaway: true, after: true }])
  }
  return pickFault(random, 'apns')
}

/** Delays stay below the limit of an attempt, so that none of them excuses a second push. */
function pickFault(random: Random, provider: 'apns' | 'fcm'): Fault {
  const apple = provider === 'apns'
  const retryAfter = random.between(1, 5)
  return random.pick<Fault>([
    { delayMs: random.between(50, 1_200) },
    { delayMs: random.between(50, 1_200) },
    { status: 429, reason: apple ? 'TooManyRequests' : 'QUOTA_EXCEEDED', retryAfter },
    { status: 429, reason: apple ? 'TooManyRequests' : 'QUOTA_EXCEEDED', retryAfter: 5 },
    { status: 500, reason: apple ? 'InternalServerError' : 'INTERNAL' },
    {
      status: 503,
      reason: apple ? 'ServiceUnavailable' : 'UNAVAILABLE',
      ...(random.chance(0.5) && { retryAfter }),
    },
    { status: 400, reason: apple ? 'BadDeviceToken' : 'INVALID_ARGUMENT' },
    { status: 403, reason: apple ? 'InvalidProviderToken' : 'SENDER_ID_MISMATCH' },
    { reset: true },
    { hang: true },
    { acceptThenHang: true },
    { endlessBody: true },
  ])
}
