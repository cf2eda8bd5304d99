import type { Plan, PlanStep } from './plan.ts'

/** Prints the plan with one line per step, each with its time in seconds. */
export function printPlan({ registrationAuth, phones, clocks, steps }: Plan): string {
  const registrations = phones.map(({ name, uid, platform, environment }) =>
    ['   start', 'register', name, `of ${uid}`, platform, environment].filter(Boolean).join('  '),
  )
  const wrong = Object.entries(clocks).map(
    ([name, ms]) => `   start  the clock of ${name} is wrong by ${ms} ms`,
  )
  const lines = steps.map(step => `${(step.at / 1_000).toFixed(3).padStart(8)}  ${describe(step, phones)}`)
  return [
    `   start  registrations with REGISTRATION_AUTH=${registrationAuth}`,
    ...registrations,
    ...wrong,
    ...lines,
  ].join('\n')
}

function describe(step: PlanStep, phones: Plan['phones']): string {
  const { do: what, at: _at, ...rest } = step
  const words = Object.entries(rest).map(([name, value]) => {
    if (name === 'phone') return phones[Number(value)]?.name
    return `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`
  })
  return [what, ...words].join('  ')
}
