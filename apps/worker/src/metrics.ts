import type { DiagnosisCode } from '@ringer/diagnosis'
import { endActions } from '@ringer/payloads'
import { createProcessMetrics, type ProcessMetrics } from '@ringer/service'
import { budgetNames, ringState } from '@ringer/store'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** The series that a worker has from the start. */
export interface Served {
  /** By app id: the names of the providers that are configured for it. */
  apps: ReadonlyMap<string, readonly string[]>
  /** The names of all providers. */
  providers: readonly string[]
  /** The ids of the apps whose backends get events. Default: none */
  withEvents?: readonly string[]
}

const usual: Served = { apps: new Map([['default', ['apns', 'fcm']]]), providers: ['apns', 'fcm'] }

/** How a handled call event ends. */
const callResults = [
  ...[
    ...ringState.options,
    ...endActions,
    'duplicate',
    'no devices',
    'no ring to end',
    'never announced',
    'notified',
  ],
  ...['group rung', 'members unknown', 'members asked again', 'no members', 'yields'],
]

/** The outcomes of attempts and the classes of status that they come with. */
const attemptResults = [
  ['accepted', '2xx'],
  ['unregistered', '4xx'],
  ['rejected', '4xx'],
  ['retryable', '4xx'],
  ['retryable', '5xx'],
  ['retryable', 'none'],
] as const

/** What a failure for now may mean, if that is known. */
const unanswered = ['wrong-key', 'provider-credentials', 'provider-quota'] as const

/** The outcomes of rings and the diagnoses that they come with: of a phone whose provider is configured. */
const phoneEnds: Record<string, readonly DiagnosisCode[]> = {
  accepted: ['accepted'],
  unregistered: ['token-dead'],
  rejected: [
    ...(['wrong-environment', 'wrong-topic', 'wrong-key', 'wrong-key-environment'] as const),
    ...(['unrelated-key', 'wrong-sender'] as const),
    ...(['provider-credentials', 'provider-refused', 'token-malformed'] as const),
    ...(['wrong-vapid-key', 'endpoint-not-public'] as const),
  ],
  // Credentials that are refused for now have their own reason.
  expired: [...unanswered, 'expired-provider-down', 'ended-provider-down', 'no-worker-for-provider'],
  skipped: [
    ...(['answered-first', 'ended-first', 'device-moved', 'device-retired', 'device-unreadable'] as const),
    // The call ended before the provider took the push, or at the end of its time.
    ...(['ended-provider-down', 'expired-provider-down', 'no-worker-for-provider', ...unanswered] as const),
  ],
}

/** Of a ring that reaches no phone. */
const otherEnds: Record<string, readonly DiagnosisCode[]> = {
  refused: ['over-budget'],
  expired: ['expired-before-worker', 'webhook-late'],
  skipped: ['no-device', 'only-alert-tokens', 'answered-first', 'ended-first', 'group-members-unknown'],
}

/** The label of apps that this worker has no settings for: their ids are not its own, so they could be any. */
const OTHER = 'other'

/**
 * Creates the metrics of a worker. Labels are closed sets: no uid, no session, no token, no free text from a provider. All series
 * are there from the start, with 0, so that the first event is an increase.
 *
 * @param ofProcess the metrics of the process, which these are added to
 */
export function createWorkerMetrics(
  served: Served = usual,
  ofProcess: ProcessMetrics = createProcessMetrics('worker'),
) {
  const { registry } = ofProcess
  const metrics = {
    ...ofProcess,
    /** The label of an app. */
    labelOf: (appId: string) => (served.apps.has(appId) ? appId : OTHER),
    ...callMetrics(registry),
    ...providerMetrics(registry),
    ...deviceMetrics(registry),
    ...eventMetrics(registry),
  }
  for (const result of new Set(callResults)) metrics.calls.inc({ result }, 0)
  for (const budget of budgetNames) metrics.refused.inc({ budget }, 0)
  for (const provider of served.providers) {
    metrics.ringSeconds.zero({ provider })
    metrics.answerSeconds.zero({ provider })
    for (const counter of [metrics.deleted, metrics.notDeleted, metrics.setAside])
      counter.inc({ provider }, 0)
    metrics.ringEnds.inc({ app: OTHER, provider, outcome: 'skipped', diagnosis: 'app-not-configured' }, 0)
  }
  for (const app of served.withEvents ?? []) {
    for (const result of ['delivered', 'failed', 'given-up']) metrics.events.inc({ app, result }, 0)
    metrics.eventSeconds.zero({ app })
  }
  for (const [app, configured] of served.apps) {
    startEnds({ app, provider: 'none' }, otherEnds)
    for (const provider of served.providers) {
      const isConfigured = configured.includes(provider)
      startEnds({ app, provider }, isConfigured ? phoneEnds : { skipped: ['provider-not-configured'] })
      if (isConfigured) startAttempts({ app, provider })
    }
  }
  return metrics

  function startEnds(labels: { app: string; provider: string }, ends: typeof phoneEnds) {
    for (const [outcome, diagnoses] of Object.entries(ends))
      for (const diagnosis of diagnoses) metrics.ringEnds.inc({ ...labels, outcome, diagnosis }, 0)
  }

  function startAttempts(labels: { app: string; provider: string }) {
    metrics.extraPushes.inc(labels, 0)
    metrics.reachable.set(labels, 1)
    metrics.credentialsRefused.set(labels, 0)
    for (const kind of ['ring', 'stop', 'alert'])
      for (const [outcome, status] of attemptResults)
        metrics.attempts.inc({ ...labels, kind, outcome, status }, 0)
    for (const kind of ['ring', 'stop', 'alert'])
      for (const outcome of ['retryable', 'rejected']) metrics.notSent.inc({ ...labels, kind, outcome }, 0)
  }
}

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>

/** The class of a status, such as `4xx`, or `none` if there was no answer. */
export const statusClass = (status: number | undefined) =>
  status !== undefined && status >= 100 && status < 600 ? `${Math.floor(status / 100)}xx` : 'none'

const callMetrics = (registry: Registry) => ({
  calls: new Counter({
    name: 'ringer_calls_total',
    help: 'Call events dequeued, by result',
    labelNames: ['result'],
    registers: [registry],
  }),
  refused: new Counter({
    name: 'ringer_calls_refused_total',
    help: 'Rings, and calls to groups, that were refused because a budget was used up, by budget',
    labelNames: ['budget'],
    registers: [registry],
  }),
  ringEnds: new Counter({
    name: 'ringer_ring_ends_total',
    help: 'Rings that ended, once for each phone or once for a ring that reached none (provider none), by app, provider, outcome and diagnosis',
    labelNames: ['app', 'provider', 'outcome', 'diagnosis'],
    registers: [registry],
  }),
  ringSeconds: new Histogram({
    name: 'ringer_ring_seconds',
    help: 'Time from the arrival of the webhook until the provider accepted the push',
    labelNames: ['provider'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30],
    registers: [registry],
  }),
})

const providerMetrics = (registry: Registry) => ({
  attempts: new Counter({
    name: 'ringer_attempts_total',
    help: 'Attempts to reach a device that left, by app, provider, kind of push, outcome, and class of status (none: no answer)',
    labelNames: ['app', 'provider', 'kind', 'outcome', 'status'],
    registers: [registry],
  }),
  notSent: new Counter({
    name: 'ringer_attempts_not_sent_total',
    help: 'Pushes that could not leave (no connection, no room or no credentials), by app, provider, kind of push and outcome (retryable: tried again)',
    labelNames: ['app', 'provider', 'kind', 'outcome'],
    registers: [registry],
  }),
  extraPushes: new Counter({
    name: 'ringer_extra_pushes_total',
    help: 'Second attempts that left while the first one was not answered, by app and provider',
    labelNames: ['app', 'provider'],
    registers: [registry],
  }),
  answerSeconds: new Histogram({
    name: 'ringer_provider_answer_seconds',
    help: 'Time from the departure of a push until the provider answered it',
    labelNames: ['provider'],
    buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30],
    registers: [registry],
  }),
  reachable: new Gauge({
    name: 'ringer_provider_reachable',
    help: 'Whether this worker can reach the provider for the app: 1, or 0 while it only probes it',
    labelNames: ['app', 'provider'],
    registers: [registry],
  }),
  credentialsRefused: new Gauge({
    name: 'ringer_provider_credentials_refused',
    help: "Whether the provider refuses the app's credentials: 1 or 0",
    labelNames: ['app', 'provider'],
    registers: [registry],
  }),
  pausedQueues: new Gauge({
    name: 'ringer_queues_left_to_others',
    help: 'Queues that this worker leaves to others, because it cannot reach their provider',
    registers: [registry],
  }),
  credentialExpiry: new Gauge({
    name: 'ringer_apns_certificate_expiry_timestamp_seconds',
    help: 'When the certificate for Apple expires, in seconds since 1970, by app',
    labelNames: ['app'],
    registers: [registry],
  }),
})

const deviceMetrics = (registry: Registry) => ({
  deleted: new Counter({
    name: 'ringer_devices_forgotten_total',
    help: 'Devices deleted because their provider reported the token as dead',
    labelNames: ['provider'],
    registers: [registry],
  }),
  notDeleted: new Counter({
    name: 'ringer_devices_not_forgotten_total',
    help: 'Devices reported as dead and kept, because too many were reported at once',
    labelNames: ['provider'],
    registers: [registry],
  }),
  setAside: new Counter({
    name: 'ringer_devices_set_aside_total',
    help: 'Devices set aside because their provider refused the token several times in a row',
    labelNames: ['provider'],
    registers: [registry],
  }),
})

const eventMetrics = (registry: Registry) => ({
  events: new Counter({
    name: 'ringer_events_total',
    help: "Attempts to deliver an event to an app's backend (delivered or failed), and events that were given up, by app and result",
    labelNames: ['app', 'result'],
    registers: [registry],
  }),
  eventsDropped: new Counter({
    name: 'ringer_events_dropped_total',
    help: 'Events, or looks for events, that were not stored because the queue of events is full',
    registers: [registry],
  }),
  eventSeconds: new Histogram({
    name: 'ringer_event_seconds',
    help: "Time from when something happened until the app's backend was told of it",
    labelNames: ['app'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 120, 600, 3_600, 28_800],
    registers: [registry],
  }),
})
