import type { Random } from '../random.ts'
import { INGRESSES, WORKERS } from './plan.ts'

const LEAST_MS = 5_000
const MOST_MS = 20_000

/** Plans which processes have a wrong clock: one worker, one ingress, or one of each. */
export function planClocks(random: Random): Record<string, number> {
  const shift = () => random.pick([-1, 1]) * random.between(LEAST_MS, MOST_MS)
  const worker = [`worker-${random.between(0, WORKERS - 1)}`, shift()] as const
  const ingress = [`ingress-${random.between(0, INGRESSES - 1)}`, shift()] as const
  return Object.fromEntries(random.pick([[worker], [ingress], [worker, ingress]]))
}
