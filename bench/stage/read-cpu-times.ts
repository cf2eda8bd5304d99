import { readFileSync } from 'node:fs'

/** CPU time since the machine started, in ticks of 10 ms. */
export interface CpuTimes {
  /** Of all CPUs together, busy or not. */
  all: number
  /** What all CPUs have worked. */
  busy: number
  /** What this process and its children that have ended have worked. */
  own: number
}

/** Reads the CPU times. Linux only. https://man7.org/linux/man-pages/man5/proc_stat.5.html */
export const readCpuTimes = (): CpuTimes =>
  parseCpuTimes(readFileSync('/proc/stat', 'utf8'), readFileSync('/proc/self/stat', 'utf8'))

/** @param machine the text of /proc/stat; `own`: that of /proc/self/stat */
export function parseCpuTimes(machine: string, own: string): CpuTimes {
  // user, nice, system, idle, iowait, irq, softirq, steal. The rest is contained in the first two.
  const times = (machine.split('\n')[0] ?? '').trim().split(/\s+/).slice(1, 9).map(Number)
  const [, , , idle = 0, waiting = 0] = times
  const all = sum(times)
  const fields = own.slice(own.lastIndexOf(')') + 2).split(' ')
  return { all, busy: all - idle - waiting, own: sum(fields.slice(11, 15).map(Number)) }
}

/** Computes which share of all CPUs other processes used between two readings, from 0 to 1. */
export function foreignShare(before: CpuTimes, after: CpuTimes): number {
  const foreign = after.busy - before.busy - (after.own - before.own)
  return Math.min(1, Math.max(0, foreign / Math.max(1, after.all - before.all)))
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
