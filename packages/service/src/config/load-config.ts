import { closest, distance } from 'fastest-levenshtein'
import { z } from 'zod'
import { knownNames } from './known-names.ts'
import { readFile } from './read-file.ts'

export type Env = Record<string, string | undefined>

/** A few variables that belong together: what each may be, what they must be together, and what they come to. */
export interface ConfigGroup<Shape extends z.ZodRawShape, Config> {
  fields: Shape
  /** Faults that only show when several variables are read together, by the name of the one to mend. */
  check?(env: Env): Record<string, string>
  build(values: z.infer<z.ZodObject<Shape>>): Config
}

export type Groups = Record<string, ConfigGroup<z.ZodRawShape, unknown>>

export type BuiltBy<Group> = Group extends { build: (values: never) => infer Config } ? Config : never

/** What groups come to, each under its name. */
export type Built<Wanted extends Groups> = { [Name in keyof Wanted]: BuiltBy<Wanted[Name]> }

/** Thrown with every fault of the environment at once; the message is meant to be read by whoever starts the process. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly faults: string[]

  constructor(faults: string[]) {
    super(`the environment is not right:\n${faults.map(fault => `  ${fault}`).join('\n')}`)
    this.faults = faults
  }
}

/**
 * Reads the configuration of a process from its environment.
 *
 * White space around a value is dropped, and an empty variable counts as absent. `NAME_FILE` names a file that holds the value of
 * NAME. Names that look like Ringer's and are not are refused: a setting that is misspelt and ignored is worse than
 * none. No fault repeats a value.
 *
 * @throws ConfigError listing every fault
 */
export function loadConfig<const Wanted extends Groups>(environment: Env, groups: Wanted): Built<Wanted> {
  const { faults, built } = readConfig(environment, groups)
  refuse(faults)
  return built()
}

/** Throws if there is any fault. */
export function refuse(faults: ReadonlyMap<string, string>): void {
  if (faults.size === 0) return
  throw new ConfigError(Array.from(faults, ([name, fault]) => `${name}: ${fault}`).sort())
}

/** What is wrong with an environment, by variable, and, if nothing is, what it comes to. */
export interface ReadConfig<Wanted extends Groups> {
  faults: Map<string, string>
  /** The environment, with the files read that stand for values. */
  env: Env
  /** Only to be called when there are no faults. */
  built(): Built<Wanted>
}

/** Reads a configuration as `loadConfig` does, and leaves it to the caller to refuse it. */
export function readConfig<const Wanted extends Groups>(
  environment: Env,
  groups: Wanted,
): ReadConfig<Wanted> {
  const faults = new Map<string, string>()
  const env = withFilesRead(environment, faults)
  for (const [name, value] of Object.entries(environment)) {
    const fault = misspelt(name, value)
    if (fault) faults.set(name, fault)
  }

  // One fault a variable, and none for what is only missing because its file cannot be read.
  const blame = (name: string, fault: string) => {
    if (!faults.has(name) && !faults.has(`${name}_FILE`)) faults.set(name, fault)
  }
  const values = Object.entries(groups).map(([key, { fields, check, build }]) => {
    const parsed = z.object(fields).safeParse(env)
    for (const issue of parsed.error?.issues ?? []) {
      blame(String(issue.path[0]), issue.message)
    }
    for (const [name, message] of Object.entries(check?.(env) ?? {})) blame(name, message)
    return [key, parsed, build] as const
  })
  const built = () =>
    Object.fromEntries(
      values.map(([key, parsed, build]) => [key, parsed.success ? build(parsed.data) : undefined]),
    ) as Built<Wanted>
  return { faults, env, built }
}

function withFilesRead(environment: Env, faults: Map<string, string>): Env {
  const env: Env = {}
  for (const [name, value] of Object.entries(environment)) {
    if (value?.trim()) env[name] = value.trim()
  }
  for (const name of knownNames) {
    const path = env[`${name}_FILE`]
    if (!path) continue
    if (env[name]) {
      faults.set(name, `is given twice, directly and by ${name}_FILE; keep one`)
      continue
    }
    const file = readFile(path)
    if (!file.ok) faults.set(`${name}_FILE`, file.fault)
    // An empty secret would be one that anybody knows.
    else if (!file.text.trim()) faults.set(`${name}_FILE`, 'names a file that is empty')
    else env[name] = file.text.trim()
  }
  return env
}

/** What Kubernetes puts into the environment for a Service that happens to be called ringer. */
const KUBERNETES = /_SERVICE_(HOST|PORT)(_\w+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/

/** `RINGER_PORT=8080` is somebody's mistake; a Service's is an address. */
const isServiceLink = (name: string, value = '') =>
  KUBERNETES.test(name) || (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value))

function misspelt(name: string, value: string | undefined): string | undefined {
  if (!/^(RINGER|APNS|FCM|COMETCHAT)_/.test(name) || isServiceLink(name, value)) return undefined
  const [plain = name, suffix = ''] = name.split(/(?=_FILE$)/)
  if (knownNames.has(name) || knownNames.has(plain)) return undefined
  const unprefixed = plain.replace(/^RINGER_/, '')
  const nearest = knownNames.has(unprefixed) ? unprefixed : closest(plain, [...knownNames])
  return nearest === unprefixed || distance(plain, nearest) <= plain.length / 2
    ? `is not a setting; did you mean ${nearest}${suffix}?`
    : 'is not a setting; the README lists them all'
}
