import { receiptEvents } from '@ringer/payloads'
import { createProcessMetrics, type ProcessMetrics } from '@ringer/service'
import { Counter, Gauge, Histogram } from 'prom-client'
import { refusalReasons } from './trust/refusal-reason.ts'

/** What a webhook is answered: the status of a 200, or the code of an error. */
const webhookAnswers = [
  ...['queued', 'duplicate', 'ignored', 'invalid_json', 'invalid_webhook', 'wrong_app', 'which_app'],
  ...['unsupported_media_type', 'unauthorized', 'too_many_requests', 'unavailable'],
]

/** What a request of an app or its backend is answered: what was done, or the code of an error. */
const registrationAnswers = [
  ...['registered', 'moved', 'unregistered', 'unknown', 'listed', 'ringable', 'answered'],
  ...['invalid_registration', 'invalid_json', 'unsupported_media_type', 'wrong_app', 'unauthorized'],
  ...['registration_closed', 'wrong_user', 'unknown_device', 'unknown_call', 'token_of_another_user'],
  ...['too_many_requests', 'too_many_moves', 'web_push_off', 'unavailable'],
]

/** What a phone is answered at a state URL: what was done, or the code of an error. */
const stateAnswers = [
  ...['state', 'stream', 'receipt', 'repeated', 'invalid_json', 'invalid_receipt', 'not_found', 'gone'],
  ...['too_many_requests', 'too_many_streams', 'unavailable'],
]

/** The label of apps that are no longer served. */
const OTHER = 'other'

/**
 * Creates the ingress's metrics. Labels have few fixed values: never a uid, a session or a token. All series are there from
 * the start, with 0, so that the first event is an increase.
 *
 * @param apps the ids of the apps that are served
 * @param providers the names of all providers
 * @param ofProcess the metrics of the process, which these are added to
 */
export function createIngressMetrics(
  apps: readonly string[] = ['default'],
  providers: readonly string[] = ['apns', 'fcm'],
  ofProcess: ProcessMetrics = createProcessMetrics('ingress'),
) {
  const { registry } = ofProcess
  const metrics = {
    ...ofProcess,
    /** The label of an app. */
    labelOf: (appId: string) => (apps.includes(appId) ? appId : OTHER),
    webhooks: new Counter({
      name: 'ringer_webhooks_total',
      help: 'Webhooks, by answer',
      labelNames: ['answer'],
      registers: [registry],
    }),
    webhookAge: new Histogram({
      name: 'ringer_webhook_age_seconds',
      help: "How long ago, by CometChat's clock, a call had begun when its webhook arrived, by app. Its times are whole seconds",
      labelNames: ['app'],
      buckets: [0.5, 1, 2, 3, 5, 10, 15, 20, 30, 60],
      registers: [registry],
    }),
    storeSeconds: new Histogram({
      name: 'ringer_webhook_store_seconds',
      help: 'Time from the arrival of a webhook until Redis has stored it',
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
      registers: [registry],
    }),
    registrations: new Counter({
      name: 'ringer_registrations_total',
      help: 'Requests to register, unregister or list phones, or to report an answered call, by answer',
      labelNames: ['answer'],
      registers: [registry],
    }),
    refusals: new Counter({
      name: 'ringer_refusals_total',
      help: 'Requests with missing or wrong credentials, by route (webhook, registration or state) and reason',
      labelNames: ['route', 'reason'],
      registers: [registry],
    }),
    droppedConnections: new Counter({
      name: 'ringer_dropped_connections_total',
      help: "Connections that were closed to stay within MAX_CONNECTIONS, or within one address's quarter of them",
      registers: [registry],
    }),
    stateRequests: new Counter({
      name: 'ringer_state_requests_total',
      help: 'Requests of phones at a state URL, by answer',
      labelNames: ['answer'],
      registers: [registry],
    }),
    receipts: new Counter({
      name: 'ringer_receipts_total',
      help: 'What phones reported about rings, once for each ring, phone and event, by app, provider and event',
      labelNames: ['app', 'provider', 'event'],
      registers: [registry],
    }),
    shownSeconds: new Histogram({
      name: 'ringer_shown_seconds',
      help: 'Time from the arrival of the webhook until the phone reported that it shows the call, by app and provider',
      labelNames: ['app', 'provider'],
      buckets: [0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 30],
      registers: [registry],
    }),
    stateStreams: new Gauge({
      name: 'ringer_state_streams',
      help: 'Streams of state that phones have open',
      registers: [registry],
    }),
  }
  for (const answer of webhookAnswers) metrics.webhooks.inc({ answer }, 0)
  for (const answer of registrationAnswers) metrics.registrations.inc({ answer }, 0)
  for (const answer of stateAnswers) metrics.stateRequests.inc({ answer }, 0)
  for (const provider of providers) {
    for (const app of apps) {
      metrics.shownSeconds.zero({ app, provider })
      for (const event of receiptEvents) metrics.receipts.inc({ app, provider, event }, 0)
    }
  }
  for (const route of ['webhook', 'registration', 'state'])
    for (const reason of refusalReasons) metrics.refusals.inc({ route, reason }, 0)
  for (const app of apps) metrics.webhookAge.zero({ app })
  return metrics
}

export type IngressMetrics = ReturnType<typeof createIngressMetrics>
