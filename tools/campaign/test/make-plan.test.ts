import { describe, expect, it } from 'vitest'
import { makePlan } from '../plan/make-plan.ts'
import { providerNames, redisErrors } from '../plan/plan.ts'
import { printPlan } from '../plan/print-plan.ts'
import { createRandom } from '../random.ts'

const lasting = [
  ...['freeze-provider', 'refuse-connections', 'freeze-pool', 'freeze-link', 'refuse-link'],
  ...['slow-provider', 'silence-streams', 'kill-redis', 'pause-redis', 'refuse-commands', 'slow-redis'],
]
const seeds = Array.from({ length: 20 }, (_, index) => index + 1)
const plans = seeds.map(seed => makePlan(seed, 60))

describe('a plan', () => {
  it('is the same for the same seed, and another one for another seed', () => {
    expect(printPlan(makePlan(7, 60))).toBe(printPlan(makePlan(7, 60)))
    expect(printPlan(makePlan(7, 60))).not.toBe(printPlan(makePlan(8, 60)))
  })

  it('has every lasting fault in 180 s, and most of them in a minute', () => {
    for (const seed of seeds) {
      const kinds = new Set<string>(makePlan(seed, 180).steps.map(step => step.do))
      expect(lasting.filter(kind => !kinds.has(kind))).toEqual([])
    }
    const counts = plans.map(({ steps }) => {
      const kinds = new Set<string>(steps.map(step => step.do))
      return lasting.filter(kind => kinds.has(kind)).length
    })
    expect(Math.min(...counts)).toBeGreaterThan(lasting.length / 2)
  })

  it('prints every fault and every wrong clock', () => {
    for (const plan of plans) {
      const printed = printPlan(plan)
      for (const step of plan.steps) expect(printed).toContain(`  ${step.do}  `)
      for (const [name, ms] of Object.entries(plan.clocks)) {
        expect(printed).toContain(`the clock of ${name} is wrong by ${ms} ms`)
      }
    }
  })

  it('has at least one wrong clock, of one worker and one ingress at most, by up to 20 s', () => {
    for (const { clocks } of plans) {
      expect(
        Object.keys(clocks)
          .map(name => name.split('-')[0])
          .sort()
          .join(),
      ).toMatch(/^(ingress|worker|ingress,worker)$/)
      for (const ms of Object.values(clocks))
        expect(Math.abs(ms)).toSatisfy(by => by >= 5_000 && by <= 20_000)
    }
  })

  it('has no two faults of the network to one provider at the same time', () => {
    for (const { steps } of plans) {
      for (const provider of providerNames) {
        const own = steps.filter(step => 'provider' in step && step.provider === provider && 'forMs' in step)
        for (const [index, step] of own.slice(1).entries()) {
          const before = own[index]
          if (before && 'forMs' in before) expect(step.at).toBeGreaterThanOrEqual(before.at + before.forMs)
        }
      }
    }
  })

  it('asks CometChat about registrations in some plans, and only there gives CometChat faults', () => {
    const asking = plans.filter(({ registrationAuth }) => registrationAuth === 'cometchat')
    expect(asking.length).toBeGreaterThan(3)
    expect(asking.length).toBeLessThan(plans.length - 3)
    for (const plan of plans) {
      const faults = plan.steps.filter(step => step.do === 'trouble-cometchat')
      expect(faults.length > 1).toBe(plan.registrationAuth === 'cometchat')
      expect(printPlan(plan)).toContain(`REGISTRATION_AUTH=${plan.registrationAuth}`)
    }
  })

  it('keeps Redis slow by 300 ms at most, and its errors short', () => {
    const steps = plans.flatMap(plan => plan.steps)
    for (const step of steps) {
      if (step.do === 'slow-redis') expect(step.roundTripMs).toBeLessThanOrEqual(300)
      if (step.do === 'refuse-commands') expect(step.forMs).toBeLessThanOrEqual(3_000)
    }
    const errors = new Set(steps.flatMap(step => (step.do === 'refuse-commands' ? step.error : [])))
    expect([...errors].sort()).toEqual([...redisErrors].sort())
  })
})

it('a cycle takes each choice once a round', () => {
  const next = createRandom(1).cycle(['a', 'b', 'c'])
  const rounds = Array.from({ length: 20 }, () => [next(), next(), next()])
  for (const round of rounds) expect(round.toSorted()).toEqual(['a', 'b', 'c'])
  expect(new Set(rounds.map(round => round.join(''))).size).toBeGreaterThan(1)
})
