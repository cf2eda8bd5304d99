import type { Random } from '../random.ts'
import { type FaultStep, redisErrors } from './plan.ts'

const FAULTS = ['kill-redis', 'pause-redis', 'refuse-commands', 'slow-redis'] as const

/** Plans what happens to Redis: one fault after the other. */
export function planRedisFaults(random: Random, endsAt: number): FaultStep[] {
  const next = random.cycle(FAULTS)
  const steps: FaultStep[] = []
  for (let at = 8_000; at < endsAt; at += random.between(9_000, 20_000)) {
    const planned = planFault(random, next(), at)
    steps.push(...planned)
    at = Math.max(...planned.map(step => step.at + step.forMs))
  }
  return steps
}

function planFault(
  random: Random,
  which: (typeof FAULTS)[number],
  at: number,
): (FaultStep & { forMs: number })[] {
  switch (which) {
    case 'kill-redis':
    case 'pause-redis': {
      const forMs = random.chance(0.6) ? random.between(100, 1_200) : random.between(1_200, 6_000)
      return [{ do: which, at, forMs }]
    }
    case 'slow-redis':
      return [{ do: which, at, roundTripMs: random.between(100, 300), forMs: random.between(4_000, 10_000) }]
    case 'refuse-commands':
      return planFlaps(random, at)
  }
}

/** Errors come and go several times, as in a fail-over that does not settle. */
function planFlaps(random: Random, at: number): (FaultStep & { forMs: number })[] {
  const error = random.pick(redisErrors)
  const longest = random.pick([500, 500, 1_200, 3_000])
  let from = at
  return Array.from({ length: random.between(2, 8) }, () => {
    const step = { do: 'refuse-commands' as const, at: from, error, forMs: random.between(200, longest) }
    from += step.forMs + random.between(100, 800)
    return step
  })
}
