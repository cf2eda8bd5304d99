import { type Finding, fail, ok, type SetupCheck, skipped, warn } from '@ringer/service'
import {
  alertQueueName,
  CALLS,
  type Consumption,
  findConsumers,
  GROUPS,
  pushQueueName,
  readBacklog,
} from '@ringer/store'
import type { Setup } from '../load-setup.ts'
import type { OpenRedis } from '../redis-access.ts'

/** As the worker's readiness: a call that has waited for this long rings late or not at all. */
const TOO_OLD_MS = 10_000
const OLD_MS = 2_000

/** A queue, and the one whose consumers tell about it: workers leave the queues of alerts while those are empty. */
interface Queue {
  name: string
  judgedBy: string
}

/** Checks that workers consume the queues, and that no job waits for long. */
export function queueChecks(setup: Setup): SetupCheck[] {
  const { redis, worker, providers } = setup
  if (!redis || !worker)
    return [{ name: 'queues', run: async () => skipped('the settings of the worker have faults') }]
  const configured = providers.filter(({ name }) =>
    Array.from(worker.tenants.values()).some(tenant => tenant.providers.get(name) !== undefined),
  )
  const queues: Queue[] = [
    ...[CALLS, GROUPS].map(name => ({ name, judgedBy: name })),
    ...configured.flatMap(({ name }) => [
      { name: pushQueueName(name), judgedBy: pushQueueName(name) },
      { name: alertQueueName(name), judgedBy: pushQueueName(name) },
    ]),
  ]
  let reading: ReturnType<typeof readQueues> | undefined
  const read = (open: OpenRedis) => {
    reading ??= readQueues(open, redis.prefix, queues)
    return reading
  }
  return queues.map(({ name, judgedBy }) => ({
    name: `queue ${name}`,
    async run() {
      const opened = await redis.open()
      if (typeof opened === 'string') return skipped('Redis cannot be reached')
      const { consumers, ages } = await read(opened)
      return judge(name, consumers.get(judgedBy) ?? 'unused', ages[name] ?? 0)
    },
  }))
}

/** Who consumes the queues, and how long the oldest due job of each has waited, ms. */
async function readQueues({ client, clock }: OpenRedis, prefix: string, queues: readonly Queue[]) {
  const names = queues.map(({ name }) => name)
  const [consumers, ages] = await Promise.all([
    findConsumers(client, prefix, [...new Set(queues.map(({ judgedBy }) => judgedBy))]),
    clock.measured.then(() => readBacklog(client, prefix, names, clock.now())),
  ])
  return { consumers, ages }
}

function judge(name: string, consumption: Consumption, ageMs: number): Finding {
  const waits = ageMs > OLD_MS ? `, and a job has waited for ${(ageMs / 1_000).toFixed(0)} s` : ''
  if (consumption === 'unused')
    return fail(
      `no worker consumes the queue${waits}`,
      `start a worker with the same Redis and RINGER_PREFIX, whose WORKER_QUEUES, if set, includes ${name.replace(/^alerts-/, 'pushes-').replace(GROUPS, CALLS)}; if one runs, its log says why it leaves the queue to others`,
    )
  const fix = "start more workers, or look at the worker's log: a provider or Redis may be slow"
  if (ageMs > TOO_OLD_MS) return fail(`workers consume the queue${waits}`, fix)
  if (consumption === 'busy') return warn(`all workers of the queue have their hands full${waits}`, fix)
  return waits
    ? warn(`workers consume the queue${waits}`, fix)
    : ok('workers consume the queue, and no job waits')
}
