import { pushJob } from '@ringer/payloads'
import type { Provider } from '@ringer/providers'
import { alertQueueName, pushQueueName } from '@ringer/store'
import type { Job } from 'bullmq'
import { type Attempts, createAttempts, type SharedDeps } from '../attempts/create-attempts.ts'
import type { QueueHandler } from '../queues/run-queue.ts'
import { handlePush } from './handle-push.ts'

/** As many as one session with Apple has room for: 1,000 streams. A push in hand costs little while it waits for its answer. */
const PUSHES_IN_HAND = 1_000
/** Few, so that a slow provider has room for rings. */
const ALERTS_IN_HAND = 20

/**
 * The handlers of one provider's queues: rings and stops, and alerts.
 *
 * @param attempts those that ring, which the claims share
 */
export function servePushes(
  provider: Provider,
  attempts: Attempts,
  deps: SharedDeps & { alertsPerMinute?: number | undefined },
): QueueHandler[] {
  const setting = pushQueueName(provider.name)
  const senders = Array.from(deps.tenants.values()).flatMap(tenant => tenant.senders.get(provider.name) ?? [])
  const canHandle = () => senders.some(sender => sender.isReachable())
  // Alerts have separate deletion guards, because their deliveries say nothing about the tokens that ring.
  const alerts = createAttempts(provider, deps)
  return [
    { name: setting, setting, concurrency: PUSHES_IN_HAND, handle: handlerOf(attempts), canHandle },
    {
      ...{ name: alertQueueName(provider.name), setting },
      ...{ concurrency: ALERTS_IN_HAND, handle: handlerOf(alerts), canHandle, mayRest: true },
      // A quota of the provider counts every push. Nothing is lost if a notification waits; a ring that does is late.
      perMinute: deps.alertsPerMinute,
    },
  ]
}

const handlerOf = (attempts: Attempts) => async (job: Job) => {
  const push = pushJob.parse(job.data)
  const next = await handlePush(push, job.attemptsStarted, attempts(push.appId))
  if (next.done) return { sessionId: push.sessionId ?? '' }
  const { at: retryAt, refused } = next
  return { retryAt, ...(refused && !push.refused && { data: { ...push, refused } }) }
}
