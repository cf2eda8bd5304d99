import { Counter, Histogram, type Registry } from 'prom-client'

/** The metrics that a person looks at first. Each process has some of them. */
const COUNTS = [
  'ringer_webhooks_total',
  'ringer_refusals_total',
  'ringer_registrations_total',
  'ringer_calls_total',
  'ringer_attempts_total',
  'ringer_ring_ends_total',
]
const LATENCIES = ['ringer_webhook_store_seconds', 'ringer_ring_seconds', 'ringer_provider_answer_seconds']

type Labels = Record<string, string>

/** How often something happened since the process started. */
export interface Count {
  /** The name of the metric, such as `ringer_webhooks_total`. */
  metric: string
  labels: Labels
  count: number
}

/** How long something took since the process started. */
export interface Latency {
  metric: string
  labels: Labels
  /** How many took at most this long (ms), for each bound. The last bound is null: any time. */
  buckets: { uptoMs: number | null; count: number }[]
}

export interface Figures {
  counts: Count[]
  latencies: Latency[]
}

/**
 * Reads rates and latencies of this process out of its metrics. Leaves out what is still 0. Asks nobody else: metrics that are
 * read from Redis are not among them.
 */
export async function readFigures(registry: Registry): Promise<Figures> {
  const counts = COUNTS.map(async metric => {
    const found = registry.getSingleMetric(metric)
    if (!(found instanceof Counter)) return []
    const { values } = await found.get()
    return values
      .filter(({ value }) => value > 0)
      .map(({ labels, value }) => ({ metric, labels: textOf(labels), count: value }))
  })
  const latencies = LATENCIES.map(async metric => {
    const found = registry.getSingleMetric(metric)
    return found instanceof Histogram ? latenciesOf(metric, (await found.get()).values) : []
  })
  return {
    counts: (await Promise.all(counts)).flat(),
    latencies: (await Promise.all(latencies)).flat(),
  }
}

/** Collects the series of a histogram, which prom-client lists one by one, each bucket with its bound as the label `le`. */
function latenciesOf(metric: string, values: readonly { labels: object; value: number }[]): Latency[] {
  const found = new Map<string, Latency>()
  for (const { labels, value } of values) {
    const { le, ...others } = textOf(labels)
    if (le === undefined) continue
    const key = JSON.stringify(others)
    const latency = found.get(key) ?? { metric, labels: others, buckets: [] }
    latency.buckets.push({ uptoMs: le === '+Inf' ? null : Number(le) * 1_000, count: value })
    found.set(key, latency)
  }
  return [...found.values()].filter(({ buckets }) => (buckets.at(-1)?.count ?? 0) > 0)
}

const textOf = (labels: object): Labels =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]))
