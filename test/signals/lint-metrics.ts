/** A metric of an exposition: what its HELP and TYPE lines say, and its series. */
export interface ExposedMetric {
  name: string
  help: string
  type: string
  /** The labels of each series. Those of a histogram are without `le`. */
  series: Record<string, string>[]
}

/** Parses Prometheus's text format, as far as prom-client writes it. */
export function parseExposition(text: string): ExposedMetric[] {
  const metrics = new Map<string, ExposedMetric>()
  const metricOf = (name: string) => {
    const known = metrics.get(name) ?? { name, help: '', type: 'untyped', series: [] }
    metrics.set(name, known)
    return known
  }
  for (const line of text.split('\n')) {
    const comment = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line)
    if (comment) {
      const [, kind, name = '', value = ''] = comment
      metricOf(name)[kind === 'HELP' ? 'help' : 'type'] = value
      continue
    }
    const sample = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line)
    if (!sample) continue
    const [, sampleName = '', labels = ''] = sample
    const base = sampleName.replace(/_(bucket|sum|count)$/, '')
    const { le: _, quantile: __, ...own } = parseLabels(labels)
    metricOf(
      ['histogram', 'summary'].includes(metrics.get(base)?.type ?? '') ? base : sampleName,
    ).series.push(own)
  }
  return [...metrics.values()]
}

/** Parses `name="value",…` */
const parseLabels = (labels: string): Record<string, string> =>
  Object.fromEntries(
    Array.from(labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g), ([, name = '', value = '']) => [name, value]),
  )

/** Prometheus wants base units, written out: https://prometheus.io/docs/practices/naming/#base-units */
const OTHER_UNITS =
  /_(s|ms|us|ns|sec|m|h|d|b|kb|mb|gb|tb|pb|(pico|nano|micro|milli|kilo|mega|giga|tera|kibi|mebi|gibi)(seconds?|bytes?)|minutes?|hours?|days?|weeks?|bits?)(_|$)/

/**
 * Checks what `promtool check metrics` checks:
 * https://github.com/prometheus/client_golang/tree/main/prometheus/testutil/promlint
 *
 * @returns the faults; empty if there are none
 */
export function lintMetrics(metrics: readonly ExposedMetric[]): string[] {
  return metrics.flatMap(({ name, help, type, series }) => {
    const labels = new Set(series.flatMap(each => Object.keys(each)))
    const faults = [
      [help === '', 'has no help text'],
      [type === 'untyped', 'has no type'],
      [type === 'counter' && !name.endsWith('_total'), 'is a counter, so its name must end in _total'],
      [type !== 'counter' && name.endsWith('_total'), 'is no counter, so its name must not end in _total'],
      [/_(bucket|sum|count)$/.test(name) && type !== 'counter', 'has a suffix that belongs to histograms'],
      [/_(counter|gauge|histogram|summary)(_|$)/.test(name), 'has the name of a type in its name'],
      [OTHER_UNITS.test(name), 'has a unit that is no base unit'],
      [
        /[a-z][A-Z]/.test(name) || Array.from(labels).some(label => /[a-z][A-Z]/.test(label)),
        'is in camelCase',
      ],
      [name.includes(':'), 'has a colon, which is for recording rules'],
      [
        new Set(series.map(each => JSON.stringify(each))).size < series.length &&
          !['histogram', 'summary'].includes(type),
        'has the same series twice',
      ],
    ] as const
    return faults.filter(([isFault]) => isFault).map(([, fault]) => `${name} ${fault}`)
  })
}
