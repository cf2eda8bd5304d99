import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { type Env, processGroup } from '@ringer/service'
import { UsageError } from '../usage-error.ts'

/** The settings of both processes together. */
export interface ReadEnv {
  env: Env
  /** The names of settings that have different values in different files, although both processes need the same. */
  conflicts: string[]
}

/** Where a process listens and what it logs. Each process has its own. */
const ownNames = new Set(Object.keys(processGroup({ port: 0, adminPort: 0 }).fields))

/**
 * Reads env files, such as `ingress.env` and `worker.env`. A value in a file goes before that of the environment.
 *
 * @throws UsageError if a file cannot be read
 */
export function readEnvFiles(paths: readonly string[], environment: Env): ReadEnv {
  const fromFiles: Env = {}
  const conflicts = new Set<string>()
  for (const path of paths) {
    for (const [name, value] of Object.entries(parseEnv(read(path)))) {
      if (!value) continue
      const before = fromFiles[name]
      if (before !== undefined && before !== value && !ownNames.has(name)) conflicts.add(name)
      fromFiles[name] = value
    }
  }
  return { env: { ...environment, ...fromFiles }, conflicts: [...conflicts].sort() }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new UsageError(`--env must name a file that can be read: ${path}`)
  }
}
