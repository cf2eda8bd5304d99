import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readBenchOptions, USAGE } from './options.ts'
import { readMachine } from './read-machine.ts'
import { checkRatios } from './report/check-ratios.ts'
import { readShares, renderShares } from './report/profile-shares.ts'
import { renderTables } from './report/render-table.ts'
import { COMMITTED, readCommitted, UNCOMMITTED, updateBenchmarks, writeResult } from './results.ts'
import { runSection } from './run-section.ts'
import { sections } from './sections/sections.ts'

const print = (text: string) => void process.stdout.write(`${text}\n`)

/** From this share of the CPUs on, other processes make a comparison worthless. */
const BUSY = 0.1

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** Runs the bench. Returns the exit code: 0, or 1 if a check failed; 2 means that it could not run. */
async function bench(): Promise<number> {
  const names = sections.map(({ name }) => name)
  const options = readBenchOptions(process.argv.slice(2), names)
  const { isHelp, isCheck, isProfile, isQuick, isSave, turns } = options
  if (isHelp) {
    print(USAGE.replace('%NAMES%', names.join(', ')))
    return 0
  }
  if (process.platform !== 'linux')
    throw new Error(
      'the bench reads CPU times and memory from /proc: run it on Linux, for example in a container',
    )
  if (options.nodeOptions !== undefined) process.env.BENCH_NODE_OPTIONS = options.nodeOptions
  const machine = readMachine()
  const faults: string[] = []
  const failed: string[] = []
  for (const section of sections.filter(({ name }) => options.only.includes(name))) {
    const folder = isProfile ? profileInto() : undefined
    const result = await runSection(section, { turns, isQuick, print }).catch(error => {
      print(`${section.name} failed: ${messageOf(error)}\n`)
      failed.push(section.name)
    })
    if (!result) continue
    if (folder) print(`\n${renderShares(readShares(folder))}`)
    print(`\n## ${section.title}\n\n${renderTables(result)}\n`)
    if (result.foreignCpu > BUSY)
      print('WARNING: the machine was busy with something else. Repeat this when it is idle.\n')
    if (isCheck) faults.push(...checkRatios(result, await readCommitted(section.name)))
    if (!isCheck) await writeResult(options.out ?? (isSave ? COMMITTED : UNCOMMITTED), result, machine)
    if (isSave) await updateBenchmarks(result, machine)
  }
  if (isCheck) print(faults.length === 0 ? 'no ratio fell by more than 15 %' : faults.join('\n'))
  if (failed.length > 0) throw new Error(`could not be measured: ${failed.join(', ')}`)
  return faults.length === 0 ? 0 : 1
}

/** Has the processes of the next part write profiles, into a folder that is removed at the end. */
function profileInto(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ringer-profile-'))
  process.env.BENCH_PROFILE_FOLDER = folder
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
try {
  // An exit by itself may never end: Node 24.21 was seen to spin while it took down sockets (CleanupHandles).
  process.exit(await bench())
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`)
  process.exitCode = 2
}
