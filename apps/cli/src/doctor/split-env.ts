import type { Env } from '@ringer/service'

/** The names of the settings that each process reads. */
export interface Readers {
  ingress: ReadonlySet<string>
  worker: ReadonlySet<string>
}

/** The settings of each process. */
export interface SplitEnv {
  ingress: Env
  worker: Env
  /** The names that the ingress has and the worker lacks, although both read them. */
  ingressOnly: string[]
}

/**
 * Gives each process its own env files. A file is one process's if it has settings that only this process reads, and none that
 * only the other one reads. All other files are for both, like the environment. If no file is the ingress's, or none the worker's,
 * all files are for both.
 *
 * A process that starts with its own file may not start with both, because a setting of the other one can require more.
 *
 * @param files later ones go before earlier ones, and all before the environment
 */
export function splitEnv(environment: Env, files: readonly Env[], readers: Readers): SplitEnv {
  const hasSettingsOf = (file: Env, one: ReadonlySet<string>, other: ReadonlySet<string>) =>
    Object.keys(file)
      // A secret may be in a file of its own.
      .map(name => name.replace(/_FILE$/, ''))
      .some(name => one.has(name) && !other.has(name))
  const owners = files.map(file => {
    const isIngress = hasSettingsOf(file, readers.ingress, readers.worker)
    const isWorker = hasSettingsOf(file, readers.worker, readers.ingress)
    if (isIngress === isWorker) return undefined
    return isIngress ? 'ingress' : 'worker'
  })
  const isSplit = owners.includes('ingress') && owners.includes('worker')
  const envOf = (process: 'ingress' | 'worker'): Env =>
    Object.assign(
      {},
      environment,
      ...files.filter((_, index) => !isSplit || owners[index] === undefined || owners[index] === process),
    )
  const [ingress, worker] = [envOf('ingress'), envOf('worker')]
  const isShared = (name: string) => readers.ingress.has(name) && readers.worker.has(name)
  const ingressOnly = Object.keys(ingress).filter(name => isShared(name) && ingress[name] && !worker[name])
  return { ingress, worker, ingressOnly }
}
