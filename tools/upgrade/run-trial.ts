import type { StartedProcess } from '../../apps/cli/src/demo/start-process.ts'
import { type Callee, createCallers, type PlacedCall } from './create-callers.ts'
import { faultsOfCall, faultsOfProcess } from './find-faults.ts'
import type { Phase } from './phases.ts'
import type { TrialStage } from './start-trial-stage.ts'

export interface PhaseResult {
  title: string
  calls: number
  faults: string[]
}

const CALLS = 4
const RING_LIMIT_MS = 15_000

/**
 * Runs the phases one after the other on one Redis. In each, phones are registered, calls are placed and some are cancelled, also to
 * people whose phones another version has registered. Then it counts how often each phone rang.
 *
 * @param options.onResult called after each phase
 * @param options.ringLimitMs how long to wait for pushes. Default: 15 s
 */
export async function runTrial(
  stage: TrialStage,
  phases: readonly Phase[],
  {
    onResult = () => undefined,
    ringLimitMs = RING_LIMIT_MS,
  }: { onResult?: (result: PhaseResult) => void; ringLimitMs?: number } = {},
): Promise<PhaseResult[]> {
  const callers = createCallers()
  const callees: Callee[] = []
  const results: PhaseResult[] = []

  async function runPhase(phase: Phase): Promise<PhaseResult> {
    const calls: PlacedCall[] = []
    const ingresses = await Promise.all(phase.ingresses.map(version => stage.start(version, 'ingress')))
    const startWorkers = () => Promise.all(phase.workers.map(version => stage.start(version, 'worker')))
    const urls = ingresses.map(({ url = '' }) => url)
    /** The ingresses take turns. All of them get each webhook. */
    const turn = (index: number) => {
      const at = index % urls.length
      return [...urls.slice(at), ...urls.slice(0, at)] as [string, ...string[]]
    }
    const place = async (some: readonly Callee[]) => {
      for (const [index, callee] of some.entries()) calls.push(await callers.call(callee, turn(index)))
    }

    let workers = phase.stores ? [] : await startWorkers()
    for (const [index, callee] of callees.entries())
      if (index % 2 === 0) await callers.registerPhones(turn(index)[0], callee)
    for (let index = 0; index < CALLS; index += 1) callees.push(await callers.addCallee(turn(index)[0]))
    await place(callees)
    if (phase.stores) workers = await startWorkers()
    if (phase.stopsOldWorker) {
      const placed = place(callees)
      await workers[phase.workers.indexOf('old')]?.close()
      await placed
    } else await place(callees)
    await allRang(stage, calls, ringLimitMs)
    for (const [index, call] of calls.entries())
      if (index % 2 === 0) await callers.cancel(call, turn(index)[0])
    await allStopped(stage, calls, ringLimitMs)

    const faults: string[] = []
    const ask = async (app: string, list: StartedProcess[], versions: Phase['workers']) => {
      for (const [index, process] of list.entries()) {
        const isStopped = app === 'worker' && phase.stopsOldWorker && versions[index] === 'old'
        if (!isStopped)
          faults.push(...(await faultsOfProcess(`the ${versions[index]} ${app}`, process, calls)))
      }
    }
    await ask('ingress', ingresses, phase.ingresses)
    await ask('worker', workers, phase.workers)
    // What a worker has in hand it finishes, so all pushes are there when it has ended.
    await Promise.all([...ingresses, ...workers].map(process => process.close()))
    faults.push(...calls.flatMap(call => faultsOfCall(call, stage)))
    return { title: phase.title, calls: calls.length, faults }
  }

  for (const phase of phases) {
    const result = await runPhase(phase).catch(error => ({
      ...{ title: phase.title, calls: 0 },
      faults: [error instanceof Error ? error.message : String(error)],
    }))
    results.push(result)
    onResult(result)
  }
  return results
}

/** Resolves when as many pushes were accepted as calls need, or when it takes too long: then the count finds out. */
async function allRang(
  { apns, fcm }: TrialStage,
  calls: readonly PlacedCall[],
  timeoutMs: number,
): Promise<void> {
  const open = (token: (call: PlacedCall) => string, standIn: TrialStage['fcm'] | TrialStage['apns']) =>
    standIn
      .waitFor(() => calls.every(call => standIn.accepted(token(call)).some(isOf(call))), {
        timeoutMs,
      })
      .catch(() => undefined)
  await Promise.all([open(call => call.callee.iphone, apns), open(call => call.callee.android, fcm)])
}

const isOf =
  ({ sessionId }: PlacedCall) =>
  ({ data }: { data: Readonly<Record<string, unknown>> }) =>
    data.sessionId === sessionId

async function allStopped(
  { fcm }: TrialStage,
  calls: readonly PlacedCall[],
  timeoutMs: number,
): Promise<void> {
  const isStopped = (call: PlacedCall) =>
    fcm
      .accepted(call.callee.android)
      .filter(isOf(call))
      .some(({ data }) => data.callAction !== 'initiated')
  const all = () => calls.filter(call => call.isCancelled).every(isStopped)
  await fcm.waitFor(all, { timeoutMs }).catch(() => undefined)
}
