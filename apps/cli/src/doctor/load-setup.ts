import { providerSettings, webpushAppSettings } from '@ringer/providers'
import { type SendingProvider, sendingProviders } from '@ringer/providers/senders'
import { ConfigError, type Env, ingressGroups, loadTenantConfigs, workerGroups } from '@ringer/service'
import { CALLS, EVENTS, pushQueueName } from '@ringer/store'
import { askEndpoint, type CheckedEndpoint, type ReachResult } from './network/ask-endpoint.ts'
import { ownNames } from './read-env-files.ts'
import { createRedisAccess, type RedisAccess } from './redis-access.ts'
import { splitEnv } from './split-env.ts'

const settings = providerSettings(sendingProviders)
const workerQueues = [CALLS, ...sendingProviders.map(({ name }) => pushQueueName(name)), EVENTS]
const worker = workerGroups(workerQueues, settings)

const ingress = { own: ingressGroups.own, each: { ...ingressGroups.each, webpush: webpushAppSettings } }

type IngressConfig = ReturnType<typeof loadTenantConfigs<typeof ingress.own, typeof ingress.each>>
type WorkerConfig = ReturnType<typeof loadTenantConfigs<typeof worker.own, typeof worker.each>>

const loadIngress = (env: Env): IngressConfig => loadTenantConfigs(env, ingress.own, ingress.each, settings)
const loadWorker = (env: Env): WorkerConfig => loadTenantConfigs(env, worker.own, worker.each, settings)

const namesIn = ({ own, each }: Record<'own' | 'each', Record<string, { fields: object }>>) =>
  new Set([own, each].flatMap(groups => Object.values(groups).flatMap(({ fields }) => Object.keys(fields))))

const readers = { ingress: namesIn(ingress), worker: namesIn(worker) }
/** In containers each process has its own secrets only. Without all of these, the ingress runs with other settings than those here. */
const INGRESS_SECRETS = [
  'COMETCHAT_WEBHOOK_PASSWORD',
  'COMETCHAT_WEBHOOK_SECRET',
  'REGISTRATION_KEY',
  'REGISTRATION_JWT_SECRET',
]
const isGiven = (env: Env, name: string) => Boolean(env[name]?.trim() || env[`${name}_FILE`]?.trim())

/** What there is to check. */
export interface Setup {
  /** The faults of the settings, each as `NAME: what is wrong`, with the processes that do not start because of it. */
  faults: { processes: string[]; text: string }[]
  /** The names of settings that differ between the env files. */
  conflicts: readonly string[]
  /** The names of settings that only the ingress's env file has, although the worker reads them as well. */
  ingressOnly: readonly string[]
  /** Whether these are the settings of a worker alone, so that those of the ingress cannot be checked. */
  isIngressElsewhere: boolean
  /** Undefined if the settings have faults. */
  ingress: IngressConfig | undefined
  /** Undefined if the settings have faults. */
  worker: WorkerConfig | undefined
  providers: readonly SendingProvider[]
  /** Undefined if no process knows where Redis is. */
  redis: RedisAccess | undefined
  /** Where CometChat reaches the ingress. */
  webhookUrl: URL | undefined
  /** The clock of this machine, epoch ms. */
  clock: () => number
  /** Connects to a server. Checks that ask for the same server share the answer. */
  ask(endpoint: CheckedEndpoint): Promise<ReachResult>
  /** Closes the connections. */
  close(): void
}

export interface SetupOptions {
  /** The settings that both processes have. */
  env: Env
  /** Env files: see `splitEnv`. Default: none. */
  files?: readonly Env[]
  conflicts?: readonly string[]
  webhookUrl?: URL | undefined
  /** Default: Date.now. */
  clock?: () => number
}

/** Reads the settings of both processes. Connects to nothing yet. */
export function loadSetup(options: SetupOptions): Setup {
  const { env, files = [], conflicts = [], webhookUrl, clock = Date.now } = options
  const split = splitEnv(env, files, readers)
  const ingress = load(() => loadIngress(split.ingress))
  const worker = load(() => loadWorker(split.worker))
  const isIngressElsewhere =
    worker.config !== undefined &&
    ![...INGRESS_SECRETS, 'RINGER_APPS'].some(name => isGiven(split.ingress, name))
  const target = worker.config?.own.redis ?? ingress.config?.own.redis
  const redis = target && createRedisAccess(target, clock)
  const asked = new Map<string, Promise<ReachResult>>()
  return {
    faults: mergeFaults({ ingress: isIngressElsewhere ? [] : ingress.faults, worker: worker.faults }),
    isIngressElsewhere,
    conflicts,
    ingressOnly: split.ingressOnly.filter(name => !ownNames.has(name)),
    ingress: ingress.config,
    worker: worker.config,
    providers: sendingProviders,
    redis,
    webhookUrl,
    clock,
    ask(endpoint) {
      const key = JSON.stringify([endpoint.url, endpoint.ca])
      const answer = asked.get(key) ?? askEndpoint(endpoint, clock)
      asked.set(key, answer)
      return answer
    },
    close: () => redis?.close(),
  }
}

function load<Config>(read: () => Config): { config?: Config; faults: string[] } {
  try {
    return { config: read(), faults: [] }
  } catch (error) {
    if (error instanceof ConfigError) return { faults: error.faults }
    throw error
  }
}

/** A fault that keeps both processes from starting is listed once. */
function mergeFaults(faults: Record<string, string[]>): Setup['faults'] {
  const merged = new Map<string, string[]>()
  for (const [process, texts] of Object.entries(faults))
    for (const text of texts) merged.set(text, [...(merged.get(text) ?? []), process])
  return Array.from(merged, ([text, processes]) => ({ text, processes }))
}
