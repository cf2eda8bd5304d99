import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { parse } from 'yaml'
import { bob, participantJoined } from '../../packages/payloads/test/webhooks.ts'
import { deliver, ended, initiated, register, tokens } from '../webhooks.ts'
import { it, itInSharedWorld, type World } from '../world.ts'
import { type ExposedMetric, lintMetrics, parseExposition } from './lint-metrics.ts'

const limit = { timeout: 60_000 }
const patient = { timeout: 10_000 }

const scrape = async (adminUrl: string) => {
  const response = await fetch(`${adminUrl}/metrics`, { headers: { connection: 'close' } })
  return response.text()
}

async function startBoth(world: World) {
  const [ingress, worker] = await Promise.all([world.addIngressProcess(), world.addWorkerProcess()])
  return { ingress, worker }
}

/** Vitest's `it` with an ingress and a worker of their own, for all tests that only look at their metrics. */
const itAtBoth = itInSharedWorld.extend('both', { scope: 'file' }, ({ world }) => startBoth(world))

describe("what the linter of the metrics' names refuses", () => {
  it.each([
    ['ringer_rings', 'counter', 'must end in _total'],
    ['ringer_queues_total', 'gauge', 'must not end in _total'],
    ['ringer_ring_milliseconds', 'gauge', 'no base unit'],
    ['ringer_ring_count', 'gauge', 'belongs to histograms'],
    ['ringer_ringSeconds', 'gauge', 'camelCase'],
    ['ringer_ring_gauge', 'gauge', 'the name of a type'],
    ['ringer:rings', 'gauge', 'colon'],
  ])('%s as a %s', (name, type, fault) => {
    const text = `# HELP ${name} Help\n# TYPE ${name} ${type}\n${name} 1\n`
    expect(lintMetrics(parseExposition(text)).join()).toContain(fault)
  })
})

itAtBoth(
  "exposes metrics that keep Prometheus's rules",
  limit,
  async ({ world, both: { ingress, worker } }) => {
    await register(ingress.url, { uid: 'bob', platform: 'ios', token: tokens.iphone })
    await deliver(ingress.url, initiated())
    await world.apns.waitFor(received => received.length === 1)
    for (const { adminUrl } of [ingress, worker]) {
      const text = await scrape(adminUrl)
      expect(lintMetrics(parseExposition(text))).toEqual([])
      const promtool = spawnSync('promtool', ['check', 'metrics'], { input: text })
      if (promtool.error) continue
      expect(`${promtool.stdout}${promtool.stderr}`).toBe('')
      expect(promtool.status).toBe(0)
    }
  },
)

it(
  'exposes every series of every configured app and provider from the start, with 0',
  limit,
  async ({ world }) => {
    const { worker } = await startBoth(world)
    const before = parseExposition(await scrape(worker.adminUrl))
    const seriesOf = (metrics: typeof before, name: string) =>
      metrics.find(metric => metric.name === name)?.series ?? []
    for (const provider of ['apns', 'fcm']) {
      const labels = { app: 'default', provider }
      for (const name of [
        ...['ringer_ring_ends_total', 'ringer_attempts_total', 'ringer_extra_pushes_total'],
        ...['ringer_provider_reachable', 'ringer_provider_credentials_refused'],
      ])
        expect(seriesOf(before, name)).toContainEqual(expect.objectContaining(labels))
      expect(seriesOf(before, 'ringer_queue_oldest_seconds')).toContainEqual({ queue: `pushes-${provider}` })
      expect(seriesOf(before, 'ringer_provider_answer_seconds')).toContainEqual({ provider })
    }
    expect(seriesOf(before, 'ringer_build_info')).toMatchObject([
      { process: 'worker', node_version: process.version },
    ])

    // What happens adds to these series and creates none.
    await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
    await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
    world.fcm.order({ status: 503, reason: 'UNAVAILABLE' })
    await deliver(world.ingress, initiated())
    await deliver(world.ingress, initiated({ sessionId: 'v1.eu.nobody' }))
    await Promise.all([
      world.apns.waitFor(all => all.length === 2),
      world.fcm.waitFor(all => all.length >= 3),
    ])
    const ringers = (metrics: typeof before) => metrics.filter(({ name }) => name.startsWith('ringer_'))
    const count = (metrics: typeof before) =>
      ringers(metrics).map(({ name, series }) => [name, series.length])
    expect(count(parseExposition(await scrape(worker.adminUrl)))).toEqual(count(before))
  },
)

it('tells how many jobs wait and for how long, although no worker runs', limit, async ({ world }) => {
  const ingress = await world.addIngressProcess()
  await register(ingress.url, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  await deliver(ingress.url, initiated())
  const read = async (series: string) => {
    const text = await scrape(ingress.adminUrl)
    const line = text.split('\n').find(each => each.startsWith(`${series} `))
    return Number(line?.split(' ').at(-1))
  }
  expect(await read('ringer_queue_jobs{queue="calls",state="waiting"}')).toBe(1)
  await expect.poll(() => read('ringer_queue_oldest_seconds{queue="calls"}'), patient).toBeGreaterThan(0.5)
  expect(await read('ringer_redis_up')).toBe(1)
  expect(await read('ringer_redis_round_trip_seconds_count')).toBeGreaterThan(0)
})

describe('the queries of operators', () => {
  const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')
  const dashboard = JSON.parse(read('deploy/grafana/ringer.json')) as {
    panels: { targets?: { expr: string }[] }[]
  }
  const alerts = parse(read('deploy/prometheus/alerts.yml')) as { groups: { rules: { expr: string }[] }[] }
  const scaled = parse(read('deploy/kubernetes/monitored/scaled-workers.yaml')) as {
    spec: { triggers: { metadata: { query?: string } }[] }
  }
  const sources: [source: string, queries: string[]][] = [
    [
      'docs/operations.md',
      Array.from(read('docs/operations.md').matchAll(/^\|[^|\n]*\| `([^`\n]+)` \|/gm), ([, query = '']) =>
        query.replaceAll('\\|', '|'),
      ),
    ],
    ['docs/runbook.md', Array.from(read('docs/runbook.md').matchAll(/`([^`]+)`/g), ([, code = '']) => code)],
    ['the alerts', alerts.groups.flatMap(({ rules }) => rules.map(({ expr }) => expr))],
    ['the dashboard', dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))],
    ['the autoscaler', scaled.spec.triggers.flatMap(({ metadata }) => metadata.query ?? [])],
  ]

  it('are found in every source', () => {
    expect(sources.filter(([, queries]) => queries.length === 0)).toEqual([])
  })

  itAtBoth('ask only for series that exist', limit, async ({ both: { ingress, worker } }) => {
    const texts = await Promise.all([scrape(ingress.adminUrl), scrape(worker.adminUrl)])
    const metrics = texts.flatMap(parseExposition)
    const unknown = sources.flatMap(([source, queries]) =>
      queries.flatMap(query => findUnknown(query, metrics)).map(selector => `${source}: ${selector}`),
    )
    expect(unknown).toEqual([])
  })
})

/** Returns the selectors of a query that match no series. */
function findUnknown(query: string, metrics: readonly ExposedMetric[]): string[] {
  return Array.from(
    query.matchAll(/\b((?:ringer|process|nodejs)_\w+)(?:\{([^}]*)\})?/g),
    ([selector, name = '', labels = '']) => {
      const base = metrics.some(metric => metric.name === name)
        ? name
        : name.replace(/_(bucket|sum|count)$/, '')
      const named = metrics.filter(metric => metric.name === base)
      // A certificate has an expiry only if one is configured.
      if (named.length > 0 && named.every(({ series }) => series.length === 0)) return undefined
      const isFound = named.some(({ series }) => series.some(each => matches(each, labels)))
      return isFound ? undefined : selector
    },
  ).filter(selector => selector !== undefined)
}

/** Labels that Prometheus adds. */
const ADDED = ['namespace', 'instance', 'job']

/** Whether a series matches a selector's labels: `=`, `!=`, `=~` and `!~`. */
function matches(series: Record<string, string>, labels: string): boolean {
  return Array.from(labels.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)).every(
    ([, name = '', operator, value = '']) => {
      if (ADDED.includes(name)) return true
      if (!(name in series)) return false
      const isLike = new RegExp(`^(?:${value})$`).test(series[name] ?? '')
      const isEqual = series[name] === value
      return { '=': isEqual, '!=': !isEqual, '=~': isLike, '!~': !isLike }[operator ?? '']
    },
  )
}

it('counts ends and answers of calls that no webhook announced', limit, async ({ world }) => {
  const worker = await world.addWorkerProcess()
  const countOf = (text: string, result: string) =>
    Number(new RegExp(`^ringer_calls_total\\{result="${result}"\\} (\\d+)$`, 'm').exec(text)?.[1])
  const counted = async () => {
    const text = await scrape(worker.adminUrl)
    return ['never announced', 'no ring to end'].map(result => countOf(text, result))
  }
  // Two ends of a call that was announced. An end that is handled at the same time as the ring may find none.
  await deliver(world.ingress, initiated())
  await expect.poll(async () => countOf(await scrape(worker.adminUrl), 'no devices'), patient).toBe(1)
  await deliver(world.ingress, ended('cancelled'))
  await deliver(world.ingress, ended('unanswered'))
  await expect.poll(counted, patient).toEqual([0, 1])
  await deliver(world.ingress, ended('cancelled', 'v1.eu.rung-the-new-way'))
  await deliver(
    world.ingress,
    participantJoined('call', { sessionId: 'v1.eu.another', at: Date.now(), who: bob }),
  )
  await expect.poll(counted, patient).toEqual([2, 1])
})
