import type { FakeApns, FakeFcm } from '@ringer/fakes'
import type { Handset } from '../phones/handset.ts'
import type { Simulation } from '../simulation/create-simulation.ts'
import { bob } from '../simulation/people.ts'
import { createChaos, type InForce } from './create-chaos.ts'
import { createMidSendKill, type MidSendKillView } from './create-mid-send-kill.ts'
import { noteWorkers } from './note-workers.ts'
import type { WorkersControl, WorkerView } from './workers-control.ts'

/** What is broken, and what can be. */
export type BreakageView = {
  inForce: InForce[]
  /** Missing where the workers are out of reach. */
  workers?: WorkerView[] | undefined
  midSendKill?: MidSendKillView | undefined
}

/** Everything on the page that breaks something. */
export function createBreakage(deps: {
  apns: FakeApns
  fcm: FakeFcm
  workers: WorkersControl | undefined
  simulation: Simulation
  registerAgain: (phones: Handset[]) => Promise<void>
  onChange: () => void
}) {
  const { apns, fcm, workers, simulation, registerAgain, onChange } = deps
  const phones = simulation.handsets.filter(({ uid }) => uid === bob.uid)
  const shared = { apns, fcm, clock: Date.now, onChange }
  const chaos = createChaos({ ...shared, phones, registerAgain })
  const midSendKill = createMidSendKill({
    ...shared,
    workers,
    chaos,
    iphoneToken: phones.find(({ id }) => id === 'iphone')?.token ?? '',
    placeCall: () =>
      simulation.alice.place({ to: 'bob', callType: 'video', deliveries: 1, concurrently: false }),
    findCall: simulation.findCall,
  })
  const unwatch = workers && noteWorkers(workers, text => simulation.note('Worker', text))

  return {
    chaos,
    midSendKill,
    workers,
    view: (): BreakageView => ({
      inForce: chaos.inForce(),
      workers: workers?.list(),
      midSendKill: midSendKill.view(),
    }),
    close: () => {
      unwatch?.()
      midSendKill.close()
      chaos.close()
    },
  }
}
