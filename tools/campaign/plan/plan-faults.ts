import type { Fault } from '@ringer/fakes'
import type { Random } from '../random.ts'
import { type FaultStep, INGRESSES, type Phone, type PhoneStep, providerNames, WORKERS } from './plan.ts'
import { planProviderFaults } from './plan-provider-faults.ts'
import { planRedisFaults } from './plan-redis-faults.ts'

/** How long a process needs to start, about. */
const START_MS = 2_500

/** Plans the faults of each part of the stage independently, so that they can coincide. */
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
    ...planOpenPushes(random.of('pushes in hand'), [...worker, ...redis]),
    ...planIngressFaults(random.of('ingresses'), endsAt),
    ...providerNames.flatMap(provider => planProviderFaults(random.of(provider), provider, phones, endsAt)),
  ]
  return [...faults, ...planNewRegistrations(random.of('new registrations'), phones, faults)]
}

/** Delays or withholds the answers to pushes shortly before a worker or Redis fails, so that pushes are open then. */
function planOpenPushes(random: Random, troubles: readonly FaultStep[]): FaultStep[] {
  return troubles
    .filter(() => random.chance(0.6))
    .flatMap(trouble => {
      const fault = random.pick<Fault>([{ hang: true }, { delayMs: random.between(600, 1_200) }])
      const at = trouble.at - random.between(200, 900)
      return providerNames.map(provider => ({ do: 'order' as const, at, provider, fault, times: 2 }))
    })
}

/** Plans that a phone whose token was reported dead registers again after a while. */
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
  // Usually longer than a worker's lock.
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
