import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** What a worker counts. Labels are closed sets: no uid, no session, no token, no provider's free text. */
export function createWorkerMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return {
    registry,
    calls: new Counter({
      name: 'ringer_calls_total',
      help: 'Call events dequeued, by what became of them',
      labelNames: ['result'],
      registers: [registry],
    }),
    attempts: new Counter({
      name: 'ringer_attempts_total',
      help: 'Attempts to reach a device, by provider and outcome',
      labelNames: ['provider', 'kind', 'outcome'],
      registers: [registry],
    }),
    ringSeconds: new Histogram({
      name: 'ringer_ring_seconds',
      help: 'From the arrival of the webhook until the provider accepted the push',
      labelNames: ['provider'],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30],
      registers: [registry],
    }),
    forgotten: new Counter({
      name: 'ringer_devices_forgotten_total',
      help: 'Devices forgotten because their provider reported the token dead',
      labelNames: ['provider'],
      registers: [registry],
    }),
    notForgotten: new Counter({
      name: 'ringer_devices_not_forgotten_total',
      help: 'Devices reported dead and kept, because too many were at once',
      labelNames: ['provider'],
      registers: [registry],
    }),
    apnsCertificateExpiry: new Gauge({
      name: 'ringer_apns_certificate_expiry_timestamp_seconds',
      help: 'When the certificate expires with which pushes are sent to Apple, in seconds since 1970; by app',
      labelNames: ['app'],
      registers: [registry],
    }),
  }
}

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>
