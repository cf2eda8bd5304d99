import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SectionResult } from './report/build-result.ts'
import { renderPlot } from './report/render-plot.ts'
import { renderTables } from './report/render-table.ts'
import { updateDocument } from './report/update-document.ts'
import type { MeasuredResult } from './run-section.ts'

/** The committed results. */
export const COMMITTED = fileURLToPath(new URL('results/', import.meta.url))
/** Where results go that are not committed. */
export const UNCOMMITTED = fileURLToPath(new URL('out/', import.meta.url))
const DOCUMENT = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url))

/** What the results were measured on. */
export interface Machine {
  cpu: string
  cpus: number
  memoryGb: number
  node: string
  redis: string
  /** The day, such as 2026-01-31. */
  on: string
}

/** Writes a section's JSON, plot and table to a folder. */
export async function writeResult(folder: string, result: MeasuredResult, machine: Machine): Promise<void> {
  await mkdir(folder, { recursive: true })
  const path = (extension: string) => join(folder, `${result.section}.${extension}`)
  await writeFile(path('json'), `${JSON.stringify({ machine, ...result }, rounded, 2)}\n`)
  await writeFile(path('svg'), renderPlot(result))
  await writeFile(path('md'), `${renderTables(result)}\n`)
}

/** Six significant digits are more than is measured. */
const rounded = (_key: string, value: unknown) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value

/** Reads a section's committed result. Undefined if there is none. */
export async function readCommitted(section: string): Promise<SectionResult | undefined> {
  const text = await readFile(join(COMMITTED, `${section}.json`), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as SectionResult)
}

/** Writes a section's table into docs/benchmarks.md. */
export async function updateBenchmarks(result: MeasuredResult, machine: Machine): Promise<void> {
  const { cpu, cpus, memoryGb, node, redis, on } = machine
  const where = `Measured on ${on}: ${cpus} × ${cpu}, ${memoryGb} GB, Node ${node}, Redis ${redis}; ${result.turns.length} turns. Other processes used at most ${Math.round(result.foreignCpu * 100)} % of the CPUs.`
  const plot = `![${result.title}](../bench/results/${result.section}.svg)`
  const content = [result.method, where, renderTables(result), plot].join('\n\n')
  await writeFile(DOCUMENT, updateDocument(await readFile(DOCUMENT, 'utf8'), result.section, content))
}
