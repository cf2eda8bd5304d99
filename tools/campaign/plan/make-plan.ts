import { createRandom } from '../random.ts'
import type { Plan } from './plan.ts'
import { planCalls } from './plan-calls.ts'
import { planClocks } from './plan-clocks.ts'
import { planCometChatFaults, planRegistrationAuth } from './plan-cometchat.ts'
import { planFaults } from './plan-faults.ts'
import { planFloods, planMadeUp, planMembers, planNoise } from './plan-floods.ts'
import { planPhoneSteps, planPhones } from './plan-phones.ts'
import { planWaiting } from './plan-waiting.ts'

/** No call starts after the end, but repeated webhooks still come. */
const LATEST_RETRY_MS = 12_000

/** Makes the whole plan in advance. It depends on its arguments alone. */
export function makePlan(seed: number, seconds: number): Plan {
  const random = createRandom(seed)
  const endsAt = seconds * 1_000
  const phones = planPhones(random.of('phones'))
  const registrationAuth = planRegistrationAuth(random.of('registration auth'))
  const calls = planCalls(random.of('calls'), endsAt)
  const steps = [
    ...calls,
    ...planWaiting(random.of('waiting'), calls, phones),
    ...planPhoneSteps(random.of('phone steps'), phones, endsAt),
    ...planFaults(random.of('faults'), phones, endsAt),
    ...planFloods(random.of('floods'), endsAt),
    planNoise(random.of('noise'), endsAt),
    ...(registrationAuth === 'cometchat' ? planCometChatFaults(random.of('cometchat'), endsAt) : []),
  ]
  const inTime = steps.filter(({ at }) => at <= endsAt + LATEST_RETRY_MS)
  const clocks = planClocks(random.of('clocks'))
  const all = [...phones, ...planMembers(random.of('members'))]
  const madeUp = planMadeUp(random.of('made-up tokens'))
  const inOrder = inTime.sort((a, b) => a.at - b.at)
  return { seed, seconds, registrationAuth, phones: all, madeUp, clocks, steps: inOrder }
}
