import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Creates the metrics of a worker. Labels are closed sets: no uid, no session, no token, no free text from a provider. */
export function createWorkerMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return {
    registry,
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
    attempts: new Counter({
      name: 'ringer_attempts_total',
      help: 'Attempts to reach a device, by provider and outcome',
      labelNames: ['provider', 'kind', 'outcome'],
      registers: [registry],
    }),
    pausedQueues: new Gauge({
      name: 'ringer_queues_left_to_others',
      help: 'Queues that this worker leaves to others, because it cannot reach their provider',
      registers: [registry],
    }),
    ringSeconds: new Histogram({
      name: 'ringer_ring_seconds',
      help: 'Time from the arrival of the webhook until the provider accepted the push',
      labelNames: ['provider'],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30],
      registers: [registry],
    }),
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
    unreadable: new Counter({
      name: 'ringer_unreadable_records_total',
      help: 'Records in Redis that were skipped because they cannot be read, by kind: device, ring or call',
      labelNames: ['kind'],
      registers: [registry],
    }),
    credentialExpiry: new Gauge({
      name: 'ringer_apns_certificate_expiry_timestamp_seconds',
      help: 'When the certificate for Apple expires, in seconds since 1970, by app',
      labelNames: ['app'],
      registers: [registry],
    }),
  }
}

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>
