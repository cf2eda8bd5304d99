/** @import { Figures, Latency, StatusView } from './types.d.ts' */
import { byId, el, show, withAttributes } from './dom.js'
import { span } from './words.js'

/** Over how long a rate is taken. */
const WINDOW_MS = 60_000

const counted = /** @type {const} */ ([
  ['ringer_webhooks_total', 'Webhooks', 'answer'],
  ['ringer_refusals_total', 'Refused requests', 'reason'],
  ['ringer_registrations_total', 'Registrations', 'answer'],
  ['ringer_calls_total', 'Events of calls', 'result'],
  ['ringer_attempts_total', 'Pushes', 'outcome'],
])
const timed = /** @type {const} */ ([
  ['ringer_webhook_store_seconds', 'Webhook until stored'],
  ['ringer_ring_seconds', 'Webhook until accepted'],
  ['ringer_provider_answer_seconds', 'Provider’s answer'],
])

/** Shows rates and latencies of the process that answers. */
export function createFiguresView() {
  /** @type {{ at: number, figures: Figures }[]} */
  let history = []

  return {
    /** @param {StatusView} status */
    render({ at, figures, redisMs, process }) {
      const now = Date.parse(at)
      const restarted = total(figures) < total(history.at(-1)?.figures)
      history = restarted ? [] : history.filter(past => now - past.at <= WINDOW_MS)
      const first = history[0]
      history.push({ at: now, figures })
      const rates = counted
        .filter(([metric]) => total(figures, metric) > 0)
        .map(([metric, title, label]) => {
          const passed = first ? Math.max(1, now - first.at) : undefined
          const more = total(figures, metric) - total(first?.figures, metric)
          return {
            title,
            total: total(figures, metric),
            aMinute: passed === undefined ? undefined : Math.round((more * WINDOW_MS) / passed),
            parts: partsOf(figures, metric, label),
          }
        })
      show(byId('rates'), rates, () => rates.map(rateRow))
      const latencies = timed.flatMap(([metric, title]) =>
        figures.latencies
          .filter(latency => latency.metric === metric)
          .map(latency => latencyRow(title, latency)),
      )
      show(byId('latencies'), [latencies, redisMs], () =>
        [...latencies, ['Redis, just now', span(redisMs), '']].map(cells),
      )
      byId('no-figures').hidden = rates.length > 0
      byId('rates-table').hidden = rates.length === 0
      show(byId('figures-of'), process, () => [`Of this ${process}. Prometheus sees all: GET /metrics`])
    },
  }
}

/**
 * @param {Figures | undefined} figures
 * @param {string} [metric] default: all
 */
function total(figures, metric) {
  const values = figures?.counts.filter(count => metric === undefined || count.metric === metric) ?? []
  return values.reduce((sum, { count }) => sum + count, 0)
}

/** @param {Figures} figures @param {string} metric @param {string} label */
function partsOf(figures, metric, label) {
  /** @type {Map<string, number>} */
  const parts = new Map()
  for (const { metric: name, labels, count } of figures.counts) {
    const part = labels[label] ?? ''
    if (name === metric) parts.set(part, (parts.get(part) ?? 0) + count)
  }
  const sorted = [...parts].sort(([, one], [, other]) => other - one)
  return sorted.map(([part, count]) => `${part} ${count.toLocaleString('en')}`).join(' · ')
}

/** @param {{ title: string, total: number, aMinute: number | undefined, parts: string }} rate */
function rateRow({ title, total, aMinute, parts }) {
  return el(
    'tr',
    withAttributes(el('th', title, el('small', parts)), { scope: 'row' }),
    el('td', aMinute === undefined ? '…' : aMinute.toLocaleString('en')),
    el('td', total.toLocaleString('en')),
  )
}

/** @param {string} title @param {Latency} latency */
function latencyRow(title, { labels, buckets }) {
  const whose = labels.provider === undefined ? '' : `, ${labels.provider}`
  return [`${title}${whose}`, quantile(buckets, 0.5), quantile(buckets, 0.95)]
}

/**
 * The smallest bound within which this share lies. Buckets know no more.
 *
 * @param {Latency['buckets']} buckets
 * @param {number} share
 */
function quantile(buckets, share) {
  const all = buckets.at(-1)?.count ?? 0
  const found = buckets.find(({ count }) => count >= share * all)
  if (found?.uptoMs !== null) return `≤ ${span(found?.uptoMs ?? 0)}`
  return `> ${span(buckets.at(-2)?.uptoMs ?? 0)}`
}

/** @param {string[]} texts */
function cells([title = '', half = '', most = '']) {
  return el('tr', withAttributes(el('th', title), { scope: 'row' }), el('td', half), el('td', most))
}
