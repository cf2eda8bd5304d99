import type { Provider } from '@ringer/providers'
import { nullTenant, senderFor, type WorkerTenant } from '../worker-tenant.ts'
import type { AttemptDeps } from './attempt-deps.ts'
import { createDeletionGuard } from './create-deletion-guard.ts'

/** What attempts with one provider share, whatever their tenant is. */
export type SharedDeps = Omit<
  AttemptDeps,
  'provider' | 'sender' | 'deletionGuard' | 'setAsideGuard' | 'stopOtherDevices' | 'fallbackAlert'
> & {
  tenants: ReadonlyMap<string, WorkerTenant>
}

/** Returns what attempts for an app need. An app that this worker has no settings for gets a sender that rejects. */
export type Attempts = (appId: string) => AttemptDeps

/** Creates what attempts with one provider need, tenant by tenant. Each tenant has a deletion guard of its own. */
export function createAttempts(provider: Provider, { tenants, ...deps }: SharedDeps): Attempts {
  const depsOf = (tenant: WorkerTenant): AttemptDeps => ({
    ...{ ...deps, provider, sender: senderFor(tenant, provider.name) },
    stopOtherDevices: tenant.stopOtherDevices,
    fallbackAlert: tenant.fallbackAlert ?? false,
    deletionGuard: createDeletionGuard(deps.clock),
    setAsideGuard: createDeletionGuard(deps.clock, 0),
  })
  const byAppId = new Map(Array.from(tenants, ([appId, tenant]) => [appId, depsOf(tenant)]))
  const ofNullTenant = depsOf(nullTenant)
  return appId => byAppId.get(appId) ?? ofNullTenant
}
