import type { FakeApns, FakeFcm } from '@ringer/fakes'
import type { PhoneHandset } from '../phones/handset.ts'
import { bob } from '../scene/people.ts'
import type { Simulation } from '../simulation/create-simulation.ts'
import { type ActiveFault, createChaos, type ProviderId } from './create-chaos.ts'
import { createMidSendKill, type MidSendKillView } from './create-mid-send-kill.ts'
import { createTrials, type TrialView } from './create-trials.ts'
import type { Promised } from './promises.ts'
import type { WorkerProcess, WorkersControl } from './workers-control.ts'

/** What is broken now, and which workers can be killed. */
export interface BreakageView {
  inForce: ActiveFault[]
  /** Undefined if this process cannot kill the workers. */
  workers?: WorkerProcess[] | undefined
  /** The latest experiment: only one of these two is shown. */
  midSendKill?: MidSendKillView | undefined
  trial?: TrialView | undefined
}

/** Creates everything on the page that breaks something. */
export function createBreakage(deps: {
  apns: FakeApns
  fcm: FakeFcm
  workers: WorkersControl | undefined
  simulation: Simulation
  registerAgain: (phones: PhoneHandset[]) => Promise<void>
  onChange: () => void
}) {
  const { apns, fcm, workers, simulation, registerAgain, onChange } = deps
  // Apple's and Google's; a browser's push service is not broken here.
  const phones = simulation.handsets.filter(
    (handset): handset is PhoneHandset => handset.uid === bob.uid && handset.platform !== 'web',
  )
  const shared = { apns, fcm, clock: Date.now, onChange }
  const experiments = {
    endCall: simulation.endCall,
    placeCall: () =>
      simulation.alice.place({ to: 'bob', callType: 'video', deliveries: 1, concurrently: false }),
    findCall: simulation.findCall,
    hangUp: simulation.alice.cancel,
  }
  const iphone = { setFocus: (inFocus: boolean) => simulation.setFocus('iphone', inFocus) }
  const chaos = createChaos({ ...shared, phones, iphone, registerAgain })
  const midSendKill = createMidSendKill({
    ...shared,
    workers,
    chaos,
    iphoneToken: phones.find(({ id }) => id === 'iphone')?.token ?? '',
    ...experiments,
  })
  const trials = createTrials({ ...shared, ...experiments, chaos, phones })
  const unwatch = workers && logDeaths(workers, text => simulation.addToLog('Worker', text))

  return {
    chaos,
    killInMidSend: () => {
      trials.forget()
      return midSendKill.run()
    },
    tryFault: (provider: ProviderId, fault: Promised) => {
      midSendKill.forget()
      return trials.run(provider, fault)
    },
    workers,
    view: (): BreakageView => ({
      inForce: chaos.activeFaults(),
      workers: workers?.list(),
      midSendKill: midSendKill.view(),
      trial: trials.view(),
    }),
    close: () => {
      unwatch?.()
      midSendKill.close()
      trials.close()
      chaos.close()
    },
  }
}

/** Logs a line for each worker that dies or starts. Returns a function that stops it. */
function logDeaths(workers: WorkersControl, log: (text: string) => void): () => void {
  let before = workers.list()
  return workers.onChange(() => {
    const now = workers.list()
    for (const { id, pid, alive } of now) {
      const known = before.find(worker => worker.id === id)
      if (known?.alive && !alive) log(`${id} (process ${known.pid}) is dead`)
      if (known && !known.alive && alive) log(`${id} is running (process ${pid})`)
    }
    before = now
  })
}
