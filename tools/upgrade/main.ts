import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startRedis } from '@ringer/fakes'
import { exportVersion } from './export-version.ts'
import { lastTag } from './last-tag.ts'
import { phases } from './phases.ts'
import { runTrial } from './run-trial.ts'
import { startTrialStage } from './start-trial-stage.ts'

const USAGE = `npm run upgrade-trial -- [REF]

Runs the version at REF (a tag or a commit) and the one that is checked out on one Redis, in every pair of ingress and worker, and
checks that each phone rings exactly once. Default: the last tag.
`

const root = fileURLToPath(new URL('../..', import.meta.url))
const git = (...args: string[]) =>
  execFileSync('git', args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    .toString()
    .trim()
const print = (text: string) => void process.stdout.write(`${text}\n`)

/** Returns the exit code: 0 if each phone rang once, 1 if not, 2 if there is nothing to compare with. */
async function trial(): Promise<number> {
  const { positionals, values } = parseArgs({
    options: { help: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  if (values.help) {
    print(USAGE)
    return 0
  }
  const ref = positionals[0] ?? lastTag(root)
  if (ref === undefined) {
    print(
      `There is no tag yet, so there is no release to upgrade from. Name a commit: npm run upgrade-trial -- REF`,
    )
    return 2
  }
  const folder = mkdtempSync(join(tmpdir(), 'ringer-version-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  print(`old  ${ref} (${git('rev-parse', '--short', `${ref}^{commit}`)})`)
  print(`new  what is checked out (${git('describe', '--always', '--dirty')})\n`)
  exportVersion(root, ref, folder)
  const redis = await startRedis({ kind: 'redis-server' })
  const stage = await startTrialStage(redis, { old: folder, new: root })
  try {
    const results = await runTrial(stage, phases, {
      onResult: ({ title, calls, faults }) => {
        print(`${faults.length === 0 ? 'ok    ' : 'FAILED'}  ${title.padEnd(52)} ${calls} calls`)
        for (const fault of faults) print(`        ${fault}`)
      },
    })
    const failed = results.filter(({ faults }) => faults.length > 0).length
    print(failed === 0 ? '\nEach phone rang once.' : `\n${failed} of ${results.length} phases failed.`)
    return failed === 0 ? 0 : 1
  } finally {
    await stage.close()
    await redis.close()
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
try {
  process.exit(await trial())
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exit(2)
}
