import type { CometChatFault } from '@ringer/fakes/cometchat'
import type { Random } from '../random.ts'
import type { FaultStep, RegistrationAuthKind } from './plan.ts'

/** Plans how the ingresses know whose phone is registered: half of the plans ask CometChat. */
export const planRegistrationAuth = (random: Random): RegistrationAuthKind =>
  random.pick(['key', 'cometchat'])

/** Plans the faults of CometChat's API. They are short: a phone that is refused for longer uses up its look-ups. */
export function planCometChatFaults(random: Random, endsAt: number): FaultStep[] {
  const steps: FaultStep[] = []
  const next = random.cycle<() => CometChatFault>([
    () => ({ delayMs: random.between(200, 1_500) }),
    () => ({ hang: true }),
    () => ({ reset: true }),
    () => ({ endlessBody: true }),
    () => ({ status: random.pick([500, 503]) }),
    () => ({ status: 429, retryAfter: random.between(1, 3) }),
  ])
  for (let at = 3_000; at < endsAt; at += random.between(5_000, 12_000)) {
    const forMs = random.between(500, 3_000)
    steps.push({ do: 'trouble-cometchat', at, fault: next()(), forMs })
    at += forMs
  }
  return steps
}
