import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** What the ingress counts. Labels are closed sets: no uid, no session, no token. */
export function createIngressMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return {
    registry,
    webhooks: new Counter({
      name: 'ringer_webhooks_total',
      help: 'Webhooks by what they were answered',
      labelNames: ['answer'],
      registers: [registry],
    }),
    storeSeconds: new Histogram({
      name: 'ringer_webhook_store_seconds',
      help: 'From the arrival of a webhook until Redis has it',
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
      registers: [registry],
    }),
    registrations: new Counter({
      name: 'ringer_registrations_total',
      help: 'What apps said or asked of their phones, by what they were answered',
      labelNames: ['answer'],
      registers: [registry],
    }),
  }
}

export type IngressMetrics = ReturnType<typeof createIngressMetrics>
