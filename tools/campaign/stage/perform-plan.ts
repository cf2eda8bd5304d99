import { setTimeout as pause } from 'node:timers/promises'
import type { Plan, PlanStep } from '../plan/plan.ts'
import { createFaults } from './create-faults.ts'
import { deliverStep } from './deliver-step.ts'
import type { Recorder } from './record-history.ts'
import { createPhoneUsers } from './registrations/create-phone-users.ts'
import { makeNoise } from './registrations/make-noise.ts'
import type { CampaignStage } from './start-campaign-stage.ts'

/** Performs each step of the plan at its time. Resolves when all steps are done and all faults are repaired. */
export async function performPlan(plan: Plan, stage: CampaignStage, recorder: Recorder): Promise<void> {
  const phones = createPhoneUsers(plan.phones, stage, recorder)
  const faults = createFaults(plan.phones, stage, recorder)
  await phones.registerAll(plan.madeUp)

  const startedAt = Date.now()
  recorder.recorded.startedAt = startedAt
  const perform = (step: PlanStep): Promise<void> => {
    switch (step.do) {
      case 'webhook':
        return deliverStep(step, startedAt, stage, recorder)
      case 'register':
      case 'unregister':
      case 'delete-app':
      case 'install-app':
        return phones.perform(step)
      case 'make-noise':
        return makeNoise(step, stage, recorder)
      default:
        return faults.perform(step)
    }
  }
  const performed: Promise<void>[] = []
  for (const step of plan.steps) {
    const left = startedAt + step.at - Date.now()
    if (left > 0) await pause(left)
    const done = perform(step)
    // A failure is reported by the Promise.all at the end; until then it must not end the process.
    done.catch(() => undefined)
    performed.push(done)
  }
  await Promise.all(performed)
  for (const provider of Object.values(stage.providers)) provider.clearOrders()
}
