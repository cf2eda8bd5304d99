import { callJob } from '@ringer/payloads'
import { CALLS, GROUPS } from '@ringer/store'
import type { Attempts } from '../attempts/create-attempts.ts'
import type { QueueHandler } from '../queues/run-queue.ts'
import { nullTenant, type WorkerTenant } from '../worker-tenant.ts'
import type { CallDeps } from './call-deps.ts'
import { createRefusalReport } from './create-refusal-report.ts'
import { handleCall } from './handle-call.ts'

/** Enough to keep Redis and a provider busy that answers within 100 ms, and few enough to leave calls to other workers. */
const CALLS_IN_HAND = 200
/** Few, because each group may need a thousand rings, and other calls must get their turn in between. */
const GROUPS_IN_HAND = 5

type Shared = Omit<CallDeps, 'tenant' | 'attemptsWith' | 'reportRefusal' | 'yieldingGroups'> & {
  tenants: ReadonlyMap<string, WorkerTenant>
  /** By provider. Those of other providers are left to other workers. */
  attempts: ReadonlyMap<string, Attempts>
}

/** The handlers of the queues `calls` and `groups`. */
export function serveCalls({ attempts, ...deps }: Shared): QueueHandler[] {
  const reportRefusal = createRefusalReport(deps)
  const yieldingGroups = { inHand: 0 }
  const depsOf = (appId: string, tenant: WorkerTenant): CallDeps => ({
    ...{ ...deps, tenant, reportRefusal, yieldingGroups },
    attemptsWith: provider => attempts.get(provider)?.(appId),
  })
  const byAppId = new Map(Array.from(deps.tenants, ([appId, tenant]) => [appId, depsOf(appId, tenant)]))
  const handle: QueueHandler['handle'] = async (job, stepAside) => {
    const call = callJob.parse(job.data)
    const { appId } = call
    const known = byAppId.get(appId)
    if (!known) deps.log.warn({ app: appId }, 'this worker has no settings for the app')
    const callDeps = known ?? depsOf(appId, nullTenant)
    const { retryAt } = await handleCall({ jobId: job.id ?? '', job: call }, callDeps, stepAside)
    return retryAt === undefined ? { sessionId: call.event.sessionId ?? '' } : { retryAt }
  }
  return [
    { name: CALLS, setting: CALLS, concurrency: CALLS_IN_HAND, handle },
    { name: GROUPS, setting: CALLS, concurrency: GROUPS_IN_HAND, handle },
  ]
}
