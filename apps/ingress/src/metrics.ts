import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** Creates the ingress's metrics. Labels have few fixed values: never a uid, a session or a token. */
export function createIngressMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return {
    registry,
    webhooks: new Counter({
      name: 'ringer_webhooks_total',
      help: 'Webhooks, by answer',
      labelNames: ['answer'],
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
      help: 'Requests with missing or wrong credentials, by route (webhook or registration) and reason',
      labelNames: ['route', 'reason'],
      registers: [registry],
    }),
    droppedConnections: new Counter({
      name: 'ringer_dropped_connections_total',
      help: "Connections that were closed to stay within MAX_CONNECTIONS, or within one address's quarter of them",
      registers: [registry],
    }),
    unreadable: new Counter({
      name: 'ringer_unreadable_records_total',
      help: 'Records in Redis that were skipped because they cannot be read, by kind: device, ring or call',
      labelNames: ['kind'],
      registers: [registry],
    }),
  }
}

export type IngressMetrics = ReturnType<typeof createIngressMetrics>
