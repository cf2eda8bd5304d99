import { createStandInCredentials, type StandInCredentials } from '@ringer/fakes'
import { buildResult, type SectionResult } from './report/build-result.ts'
import type { Measured } from './report/turn.ts'
import type { Context, Section } from './sections/section.ts'
import { foreignShare, readCpuTimes } from './stage/read-cpu-times.ts'
import { startBenchStage } from './stage/start-bench-stage.ts'

/** A result, and how busy the machine was meanwhile. */
export interface MeasuredResult extends SectionResult {
  /** The largest share of all CPUs that other processes used during a measurement, from 0 to 1. */
  foreignCpu: number
}

let credentials: StandInCredentials | undefined

/** Runs a section: all sides in turn, several times. Throws if a call was not pushed exactly once. */
export async function runSection(
  section: Section,
  { turns, isQuick, print }: { turns: number; isQuick: boolean; print: (line: string) => void },
): Promise<MeasuredResult> {
  const shared = credentials ?? (await createStandInCredentials())
  credentials = shared
  const context: Context = {
    isQuick,
    async openStage(measure) {
      const stage = await startBenchStage(shared)
      try {
        return await measure(stage)
      } finally {
        await stage.close()
      }
    },
  }
  const measured: Measured[] = []
  let busiest = 0
  for (let turn = 1; turn <= turns; turn += 1) {
    const ofTurn: Measured = {}
    for (const side of inOrder(section.sides, turn)) {
      const startedAt = performance.now()
      const before = readCpuTimes()
      ofTurn[side] = await section.measure(side, context)
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0)
      const share = foreignShare(before, readCpuTimes())
      busiest = Math.max(busiest, share)
      const busy = `other processes used ${Math.round(share * 100)} % of the CPUs`
      print(`${section.name}: turn ${turn} of ${turns}, ${side}: ${seconds} s, ${busy}`)
    }
    measured.push(ofTurn)
  }
  return { ...buildResult(section, measured), foreignCpu: busiest }
}

/** Every other turn goes backwards, so that no side always comes first. */
const inOrder = (sides: readonly string[], turn: number) => (turn % 2 === 1 ? sides : sides.toReversed())
