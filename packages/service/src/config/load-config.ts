import { closest, distance } from 'fastest-levenshtein'
import { z } from 'zod'
import type { Built, Env, Groups } from './config-group.ts'
import { type KnownNames, knownNames, type ProviderSettings } from './known-names.ts'
import { readFile } from './read-file.ts'

/** Reports every fault of the configuration at once. The message is for the person who starts the process. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly faults: string[]

  constructor(faults: string[]) {
    super(`the configuration is invalid:\n${faults.map(fault => `  ${fault}`).join('\n')}`)
    this.faults = faults
  }
}

/**
 * Reads the configuration of a process from its environment.
 *
 * White space around a value is dropped, and an empty variable counts as absent. `NAME_FILE` names a file that contains the
 * value of NAME. A name that looks like a setting of Ringer but is not one is refused, because a misspelt setting that is
 * ignored is worse than a missing one. No fault repeats a value.
 *
 * @param providers the providers' settings. Their names are known, even if this process does not read them
 * @throws ConfigError listing every fault
 */
export function loadConfig<const Wanted extends Groups>(
  environment: Env,
  groups: Wanted,
  providers: ProviderSettings,
): Built<Wanted> {
  const { faults, built } = readConfig(environment, groups, knownNames(providers))
  throwFaults(faults)
  return built()
}

/** Throws a ConfigError if there are faults. */
export function throwFaults(faults: ReadonlyMap<string, string>): void {
  if (faults.size === 0) return
  throw new ConfigError(Array.from(faults, ([name, fault]) => `${name}: ${fault}`).sort())
}

/** The faults of an environment and, if there are none, the configuration. */
export interface ReadConfig<Wanted extends Groups> {
  /** By the name of the variable. */
  faults: Map<string, string>
  /** The environment, with each NAME_FILE replaced by the value of NAME. */
  env: Env
  /** Call it only if there are no faults. */
  built(): Built<Wanted>
}

/**
 * Reads a configuration as `loadConfig` does, but leaves it to the caller to refuse it.
 *
 * @param processEnv the settings of the process, if `environment` has those of one of several tenants
 */
export function readConfig<const Wanted extends Groups>(
  environment: Env,
  groups: Wanted,
  known: KnownNames,
  processEnv?: Env,
): ReadConfig<Wanted> {
  const faults = new Map<string, string>()
  const env = withFilesRead(environment, faults, known.all)
  for (const [name, value] of Object.entries(environment)) {
    const fault = unknownNameFault(name, value, known)
    if (fault) faults.set(name, fault)
  }

  // One fault per variable, and none for a variable that is missing only because its file cannot be read.
  const addFault = (name: string, fault: string) => {
    if (!faults.has(name) && !faults.has(`${name}_FILE`)) faults.set(name, fault)
  }
  const values = Object.entries(groups).map(([key, { fields, check, build }]) => {
    const parsed = z.object(fields).safeParse(env)
    for (const issue of parsed.error?.issues ?? []) {
      addFault(String(issue.path[0]), issue.message)
    }
    for (const [name, message] of Object.entries(check?.(env, processEnv) ?? {})) addFault(name, message)
    return [key, parsed, build] as const
  })
  const built = () =>
    Object.fromEntries(
      values.map(([key, parsed, build]) => [key, parsed.success ? build(parsed.data) : undefined]),
    ) as Built<Wanted>
  return { faults, env, built }
}

function withFilesRead(environment: Env, faults: Map<string, string>, known: ReadonlySet<string>): Env {
  const env: Env = {}
  for (const [name, value] of Object.entries(environment)) {
    if (value?.trim()) env[name] = value.trim()
  }
  for (const name of known) {
    const path = env[`${name}_FILE`]
    if (!path) continue
    if (env[name]) {
      faults.set(name, `is set together with ${name}_FILE; keep one`)
      continue
    }
    const file = readFile(path)
    if (!file.ok) faults.set(`${name}_FILE`, file.fault)
    // Everybody knows an empty secret.
    else if (!file.text.trim()) faults.set(`${name}_FILE`, 'names a file that is empty')
    else env[name] = file.text.trim()
  }
  return env
}

/** The variables that Kubernetes sets for a Service with a name such as `ringer`. */
const KUBERNETES = /_SERVICE_(HOST|PORT)(_\w+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/

/** Kubernetes sets RINGER_PORT to an address. `RINGER_PORT=8080` is a mistake. */
const isServiceLink = (name: string, value = '') =>
  KUBERNETES.test(name) || (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value))

/** Returns a fault if a name looks like a setting of Ringer but is not one. */
function unknownNameFault(
  name: string,
  value: string | undefined,
  { all: known, prefixes }: KnownNames,
): string | undefined {
  if (!prefixes.some(prefix => name.startsWith(`${prefix}_`)) || isServiceLink(name, value)) return undefined
  const [plain = name, suffix = ''] = name.split(/(?=_FILE$)/)
  if (known.has(name) || known.has(plain)) return undefined
  const unprefixed = plain.replace(/^RINGER_/, '')
  const nearest = known.has(unprefixed) ? unprefixed : closest(plain, [...known])
  return nearest === unprefixed || distance(plain, nearest) <= plain.length / 2
    ? `is not a setting; did you mean ${nearest}${suffix}?`
    : 'is not a setting; docs/settings.md lists them all'
}
