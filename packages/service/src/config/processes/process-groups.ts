import type { z } from 'zod'
import { budgetsGroup } from '../budgets-group.ts'
import { callPolicyGroup } from '../call-policy-group.ts'
import { cometchatGroup } from '../cometchat-group.ts'
import type { ConfigGroup } from '../config-group.ts'
import { registrationGroup } from '../ingress/registration-group.ts'
import { webhookGroup } from '../ingress/webhook-group.ts'
import { processGroup } from '../process-group.ts'
import { redisGroup } from '../redis/redis-group.ts'
import { retentionGroup } from '../retention-group.ts'
import { eventsGroup } from './events-group.ts'
import { proxyGroup } from './proxy-group.ts'
import { stateGroup } from './state-group.ts'
import { workerGroup } from './worker-group.ts'

/** The settings that the ingress reads: its own, and those of each app. */
export const ingressGroups = {
  own: {
    process: processGroup({ port: 3000, adminPort: 3001 }),
    redis: redisGroup,
    retention: retentionGroup,
    state: stateGroup,
  },
  each: {
    cometchat: cometchatGroup,
    webhook: webhookGroup,
    registration: registrationGroup,
    budgets: budgetsGroup,
    events: eventsGroup,
  },
}

/**
 * The settings that a worker reads: its own, and those of each app.
 *
 * @param queues the allowed names of queues: `calls`, the queue of each provider, and `events`
 * @param providers the providers' settings
 */
export const workerGroups = <Providers extends ConfigGroup<z.ZodRawShape, unknown>>(
  queues: readonly string[],
  providers: Providers,
) => ({
  own: {
    process: processGroup({ port: 0, adminPort: 3002 }),
    redis: redisGroup,
    retention: retentionGroup,
    state: stateGroup,
    worker: workerGroup(queues),
    proxyUrl: proxyGroup,
  },
  each: {
    cometchat: cometchatGroup,
    policy: callPolicyGroup,
    budgets: budgetsGroup,
    events: eventsGroup,
    providers,
  },
})
