import { environment, type Offer, type Offers } from '@ringer/store'
import { nullTenant } from '../worker-tenant.ts'
import type { CallDeps } from './call-deps.ts'

const ENVIRONMENTS = ['' as const, ...environment.options]

/**
 * Says what happens to the recipient's phones when a ring is claimed: which can be rung at once, because their provider
 * has room now, and which are skipped, because nothing can ring them. All others are queued.
 */
export function offersFor({ tenant, providers, attemptsWith }: CallDeps): Offers {
  if (tenant === nullTenant) {
    const fix = 'COMETCHAT_APP_ID must be the same on both processes'
    const skip = `this worker has no settings for the app: ${fix}`
    return { platforms: {}, otherwise: { why: 'app-not-configured', skip } }
  }
  const platforms: Record<string, Offer> = {}
  for (const { name, platforms: own } of providers) {
    const sender = attemptsWith(name)?.sender
    const isFull = (where: (typeof ENVIRONMENTS)[number]) =>
      !sender?.hasRoom({ environment: where === '' ? undefined : where })
    const queued = ENVIRONMENTS.filter(isFull)
    // Offers go to Redis with each call, so there is no list while there is room everywhere.
    const offer: Offer = tenant.senders.has(name)
      ? { ...(queued.length > 0 && { queued }) }
      : { unconfigured: name }
    for (const platform of own) platforms[platform] = offer
  }
  return { platforms }
}
