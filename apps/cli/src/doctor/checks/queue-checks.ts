import { type Finding, fail, ok, type SetupCheck, skipped, warn } from '@ringer/service'
import {
  alertQueueName,
  CALLS,
  createKeys,
  createProbe,
  EVENTS,
  GROUPS,
  type LivingWorker,
  pushQueueName,
  readBacklog,
  readWorkers,
} from '@ringer/store'
import type { Setup } from '../load-setup.ts'
import type { OpenRedis } from '../redis-access.ts'

/** As the worker's readiness: a call that has waited for this long rings late or not at all. */
const TOO_OLD_MS = 10_000
const OLD_MS = 2_000

const WRITE_LIMIT_MS = 1_500

/** Checks that workers consume the queues, and that no job waits for long. */
export function queueChecks(setup: Setup): SetupCheck[] {
  const { redis, worker, providers } = setup
  if (!redis || !worker)
    return [{ name: 'queues', run: async () => skipped('the settings of the worker have faults') }]
  const configured = providers.filter(({ name }) =>
    Array.from(worker.tenants.values()).some(tenant => tenant.providers.get(name) !== undefined),
  )
  const queues = [
    ...[CALLS, GROUPS],
    ...configured.flatMap(({ name }) => [pushQueueName(name), alertQueueName(name)]),
    ...(Array.from(worker.tenants.values()).some(({ events }) => events !== undefined) ? [EVENTS] : []),
  ]
  let reading: ReturnType<typeof readQueues> | undefined
  const read = (open: OpenRedis) => {
    reading ??= readQueues(open, redis.prefix, queues)
    return reading
  }
  return queues.map(queue => ({
    name: `queue ${queue}`,
    async run() {
      const opened = await redis.open()
      if (typeof opened === 'string') return skipped('Redis cannot be reached')
      const { workers, ages, written } = await read(opened)
      // Workers cannot say then that they are alive.
      if (workers.length === 0 && !written)
        return skipped(
          'whether a worker runs is not known, because Redis accepts no writes',
          'correct what “Redis: writes” names, then run this again',
        )
      return judge(queue, workers, ages[queue] ?? 0)
    },
  }))
}

/** Reads which workers are alive, and how long the oldest due job of each queue has waited, ms. */
async function readQueues({ client, clock }: OpenRedis, prefix: string, queues: readonly string[]) {
  await clock.measured
  const [workers, ages, written] = await Promise.all([
    readWorkers(client, createKeys(prefix)),
    readBacklog(client, prefix, queues, clock.now()),
    createProbe(client, prefix)(WRITE_LIMIT_MS),
  ])
  return { workers, ages, written }
}

function judge(queue: string, workers: readonly LivingWorker[], ageMs: number): Finding {
  const consumers = workers.filter(({ queues }) => queues.includes(queue)).length
  const waits = ageMs > OLD_MS ? `, and a job has waited for ${(ageMs / 1_000).toFixed(0)} s` : ''
  if (workers.length === 0)
    return fail(`no worker runs${waits}`, 'start a worker with the same Redis and the same RINGER_PREFIX')
  if (consumers === 0 && workers.some(({ leaves }) => leaves.includes(queue)))
    return fail(
      `workers leave the queue to others, because they cannot reach the provider${waits}`,
      'run this where the workers run: the checks of reach say why',
    )
  if (consumers === 0)
    return fail(
      `no worker serves the queue${waits}`,
      `start a worker whose WORKER_QUEUES, if set, includes ${settingOf(queue)}`,
    )
  const sentence = `${consumers === 1 ? '1 worker consumes' : `${consumers} workers consume`} the queue`
  if (!waits) return ok(`${sentence}, and no job waits`)
  const fix = "start more workers, or look at the workers' logs: a provider or Redis may be slow"
  return ageMs > TOO_OLD_MS ? fail(sentence + waits, fix) : warn(sentence + waits, fix)
}

/** The name in WORKER_QUEUES that turns a queue on. */
const settingOf = (queue: string) => (queue === GROUPS ? CALLS : queue.replace(/^alerts-/, 'pushes-'))
