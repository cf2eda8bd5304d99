import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What is read of a CPU profile, as Chrome's DevTools and node:inspector write it. */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string } }[]
  samples?: number[]
  /** How long each sample stands for, µs. */
  timeDeltas?: number[]
}

/** Where the CPU time of one kind of process went. */
export interface ProcessShares {
  name: string
  busySeconds: number
  /** From 0 to 1, largest first: a workspace, a package, Node's own JavaScript, or native code. */
  shares: [part: string, share: number][]
}

/** Adds up the profiles in a folder, by the name of the process that wrote them. */
export function readShares(folder: string): ProcessShares[] {
  const files = readdirSync(folder).filter(file => file.endsWith('.cpuprofile'))
  const byName = Map.groupBy(files, file => file.replace(/-\d+-\d+\.cpuprofile$/, ''))
  return Array.from(byName, ([name, own]) => {
    const profiles = own.map(file => JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile)
    return sharesOf(name, profiles)
  })
}

export function sharesOf(name: string, profiles: readonly CpuProfile[]): ProcessShares {
  const times = new Map<string, number>()
  let busyUs = 0
  for (const { nodes, samples = [], timeDeltas = [] } of profiles) {
    const parts = new Map(nodes.map(({ id, callFrame }) => [id, partOf(callFrame)]))
    samples.forEach((id, index) => {
      const part = parts.get(id)
      if (part === undefined) return
      const us = timeDeltas[index] ?? 0
      busyUs += us
      times.set(part, (times.get(part) ?? 0) + us)
    })
  }
  const shares = Array.from(times, ([part, us]): [string, number] => [part, us / Math.max(1, busyUs)])
  return { name, busySeconds: busyUs / 1e6, shares: shares.toSorted(([, a], [, b]) => b - a) }
}

/** Undefined for time that is not the process's own work. */
function partOf({ functionName, url }: CpuProfile['nodes'][number]['callFrame']): string | undefined {
  if (functionName === '(idle)' || url.startsWith('node:inspector')) return undefined
  if (functionName === '(garbage collector)') return 'garbage collection'
  if (url === '') return 'native code'
  if (url.startsWith('node:')) return "Node's JavaScript"
  const dependency = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]
  return dependency ?? /\/((?:apps|packages)\/[^/]+|bench)\//.exec(url)?.[1] ?? 'other'
}

const SHOWN = 12

/** The shares as a Markdown table for each process. */
export function renderShares(processes: readonly ProcessShares[]): string {
  return processes
    .map(({ name, busySeconds, shares }) => {
      const rows = shares
        .slice(0, SHOWN)
        .map(([part, share]) => `| ${part} | ${(share * 100).toFixed(1)} % |`)
      return `${name}: ${busySeconds.toFixed(1)} s of CPU time\n\n| part | share |\n|---|--:|\n${rows.join('\n')}`
    })
    .join('\n\n')
}
