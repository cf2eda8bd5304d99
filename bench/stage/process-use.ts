import { readFileSync } from 'node:fs'

/** What a process has used since it started. */
export interface ProcessUse {
  /** CPU time in user and kernel mode, ms. Accurate to 10 ms. */
  cpuMs: number
  /** The most memory that it has had resident at once, MB. */
  peakMb: number
}

/** The kernel counts CPU time in hundredths of a second: USER_HZ is 100 on every platform that Node supports. */
const TICK_MS = 10

/** Reads what a process has used. Linux only. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export function readUse(pid: number): ProcessUse {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is the name of the process, which may contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user = 0, system = 0] = fields.slice(11, 13).map(Number)
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return { cpuMs: (user + system) * TICK_MS, peakMb: Number(peak ?? 0) / 1_024 }
}
