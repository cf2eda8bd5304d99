import { createRandom } from '../random.ts'
import type { Plan } from './plan.ts'
import { planCalls } from './plan-calls.ts'
import { planFaults } from './plan-faults.ts'
import { planPhoneSteps, planPhones } from './plan-phones.ts'
import { planWaiting } from './plan-waiting.ts'

/** Nothing new begins after the end, but what is sent again still comes. */
const LATEST_RETRY_MS = 12_000

/** Makes the plan up front, from the seed and nothing else. */
export function makePlan(seed: number, seconds: number): Plan {
  const random = createRandom(seed)
  const endsAt = seconds * 1_000
  const phones = planPhones(random.of('phones'))
  const calls = planCalls(random.of('calls'), endsAt)
  const steps = [
    ...calls,
    ...planWaiting(random.of('waiting'), calls, phones),
    ...planPhoneSteps(random.of('phone steps'), phones, endsAt),
    ...planFaults(random.of('faults'), phones, endsAt),
  ]
  const inTime = steps.filter(({ at }) => at <= endsAt + LATEST_RETRY_MS)
  return { seed, seconds, phones, steps: inTime.sort((a, b) => a.at - b.at) }
}
