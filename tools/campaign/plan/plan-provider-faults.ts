import type { ApnsFault, Fault } from '@ringer/fakes'
import type { Random } from '../random.ts'
import { type FaultStep, type Phone, type ProviderName, WORKERS } from './plan.ts'
import { settled } from './plan-phones.ts'

/** The slowest answer of a slow provider. */
const SLOWEST_MS = 3_500

/** How many of a provider's faults last for a while. The others affect single pushes. */
const LASTING = 0.35

/** The faults that last for a while. */
const lastingFaults = [
  'freeze-provider',
  'refuse-connections',
  'freeze-pool',
  'freeze-link',
  'refuse-link',
  'slow-provider',
  'silence-streams',
] as const
const lastingApnsFaults = [...lastingFaults, 'limit-streams'] as const

/** Plans what happens to one provider, and to the network between it and the workers. */
export function planProviderFaults(
  random: Random,
  provider: ProviderName,
  phones: readonly Phone[],
  endsAt: number,
): FaultStep[] {
  const next = random.cycle(provider === 'fcm' ? lastingFaults : lastingApnsFaults)
  const steps: FaultStep[] = []
  for (let at = random.between(1_000, 4_000); at < endsAt; at += random.between(1_000, 5_000)) {
    const step = random.chance(LASTING)
      ? planLastingFault(random, next(), provider, at)
      : pickProviderFault(random, provider, phones, at)
    steps.push(step)
    // Faults of a provider's connections do not overlap; ordered faults of single pushes may.
    at += 'forMs' in step ? step.forMs : 0
  }
  return steps
}

function planLastingFault(
  random: Random,
  which: (typeof lastingApnsFaults)[number],
  provider: ProviderName,
  at: number,
): FaultStep {
  const worker = random.between(0, WORKERS - 1)
  switch (which) {
    case 'freeze-provider': {
      const newConnections = random.chance(0.5)
      const forMs = random.chance(0.15) ? random.between(15_000, 32_000) : random.between(500, 6_000)
      return { do: which, at, provider, newConnections, forMs }
    }
    case 'refuse-connections':
      return { do: which, at, provider, drop: random.chance(0.6), forMs: random.between(500, 5_000) }
    case 'freeze-pool': {
      const half = random.pick(['odd', 'even'] as const)
      return { do: which, at, provider, half, forMs: random.between(2_000, 9_000) }
    }
    case 'freeze-link':
      return { do: which, at, worker, provider, forMs: random.between(2_000, 12_000) }
    case 'refuse-link':
      return { do: which, at, worker, provider, forMs: random.between(2_000, 12_000) }
    case 'slow-provider': {
      const delaysMs = Array.from({ length: 7 }, () => random.between(1_000, SLOWEST_MS))
      return { do: which, at, provider, delaysMs, forMs: random.between(3_000, 9_000) }
    }
    case 'silence-streams':
      return { do: which, at, provider, accepts: random.chance(0.5), forMs: random.between(3_000, 10_000) }
    case 'limit-streams':
      return {
        do: which,
        at,
        provider: provider === 'fcm' ? 'apns' : provider,
        forMs: random.between(2_000, 8_000),
      }
  }
}

function pickProviderFault(
  random: Random,
  provider: ProviderName,
  phones: readonly Phone[],
  at: number,
): FaultStep {
  const what = random.next()
  if (what < 0.1) return { do: 'drop-connections', at, provider }
  if (what < 0.17 && provider === 'fcm') {
    return { do: 'revoke-access-tokens', at, refusals: random.between(0, 2) }
  }
  if (what < 0.34) {
    const own = [...phones.keys()].filter(index => isServedBy(phones[index], provider))
    // Google's report has no time.
    const stale = provider !== 'fcm' && random.chance(0.75)
    return { do: 'report-dead', at, phone: random.pick(own), stale }
  }
  const fault = provider === 'fcm' ? pickFault(random, 'fcm') : pickApnsFault(random)
  return { do: 'order', at, provider, fault, times: timesOf(random, fault) }
}

/** How many pushes a fault affects: several if it can be retried, one if it is a refusal for good. */
function timesOf(random: Random, fault: ApnsFault): number {
  if ('delayMs' in fault && !('status' in fault)) return random.between(2, 15)
  if (!('status' in fault)) return random.between(1, 4)
  return fault.status === 400 || fault.status === 403 ? 1 : random.between(2, 8)
}

/** Whether a provider serves a phone. Only phones that keep their user count, so that it is known who registers them again. */
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

/** Delays stay below the time limit of an attempt, so that a delay never justifies a second push. */
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
