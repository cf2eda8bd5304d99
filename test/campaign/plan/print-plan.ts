import type { Plan, Step } from './plan.ts'

/** The plan as one line a step, with its time in seconds. */
export function printPlan({ phones, steps }: Plan): string {
  const registrations = phones.map(({ name, uid, platform, environment }) =>
    ['   start', 'register', name, `of ${uid}`, platform, environment].filter(Boolean).join('  '),
  )
  const lines = steps.map(step => `${(step.at / 1_000).toFixed(3).padStart(8)}  ${describe(step, phones)}`)
  return [...registrations, ...lines].join('\n')
}

function describe(step: Step, phones: Plan['phones']): string {
  const { do: what, at: _at, ...rest } = step
  const words = Object.entries(rest).map(([name, value]) => {
    if (name === 'phone') return phones[Number(value)]?.name
    return `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`
  })
  return [what, ...words].join('  ')
}
