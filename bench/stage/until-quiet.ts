import { setTimeout as pause } from 'node:timers/promises'
import type { BenchProcess } from './start-bench-process.ts'

const LOOK_MS = 200
/** What an idle process may use meanwhile, ms: one tick of the kernel's clock. */
const IDLE_CPU_MS = 10
const LIMIT_MS = 30_000

/**
 * Waits until these processes have nothing left to do, judged by their CPU time. A worker goes on recording after a push has
 * arrived, and what it does then is part of the call's cost.
 */
export async function untilQuiet(...processes: readonly Pick<BenchProcess, 'use'>[]): Promise<void> {
  const limit = performance.now() + LIMIT_MS
  let used = sum(processes)
  while (performance.now() < limit) {
    await pause(LOOK_MS)
    const now = sum(processes)
    if (now - used <= IDLE_CPU_MS * processes.length) return
    used = now
  }
  throw new Error(`a process was still busy ${LIMIT_MS / 1_000} s after the last push`)
}

const sum = (processes: readonly Pick<BenchProcess, 'use'>[]) =>
  processes.reduce((total, process) => total + process.use().cpuMs, 0)
