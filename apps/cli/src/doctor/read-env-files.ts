import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { type Env, processGroup } from '@ringer/service'
import { UsageError } from '../usage-error.ts'

/** The settings of both processes. */
export interface ReadEnv {
  env: Env
  /** Each file's settings, in their order. */
  files: Env[]
  /** The names of settings that have different values in different files, although both processes need the same. */
  conflicts: string[]
}

/** Where a process listens and what it logs. Each process has its own. */
export const ownNames = new Set(Object.keys(processGroup({ port: 0, adminPort: 0 }).fields))

/**
 * Reads env files, such as `ingress.env` and `worker.env`. Values that are empty are left out.
 *
 * @throws UsageError if a file cannot be read
 */
export function readEnvFiles(paths: readonly string[], environment: Env): ReadEnv {
  const before: Env = {}
  const conflicts = new Set<string>()
  const files = paths.map(path => {
    const settings = Object.entries(parseEnv(read(path))).filter(([, value]) => value)
    for (const [name, value] of settings) {
      const other = before[name]
      if (other !== undefined && other !== value && !ownNames.has(name)) conflicts.add(name)
      before[name] = value
    }
    return Object.fromEntries(settings)
  })
  return { env: environment, files, conflicts: [...conflicts].sort() }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new UsageError(`--env must name a file that can be read: ${path}`)
  }
}
