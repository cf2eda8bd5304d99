import type { FigureResult, SectionResult } from './build-result.ts'
import { formatNumber } from './format-number.ts'
import type { Summary } from './statistics.ts'

/**
 * Renders a section's result as Markdown tables: what was measured, then the ratios, then the figures with their limits. Each
 * value is the median, followed by the lowest and the highest.
 */
export function renderTables(result: SectionResult): string {
  const parts = [renderMeasured(result), renderRatios(result), renderFigures(result)]
  return parts.filter(part => part !== '').join('\n\n')
}

function renderMeasured({ sides, cases, metrics, summary }: SectionResult): string {
  const rows = cases.flatMap(name =>
    Object.entries(metrics).flatMap(([metric, { unit }]) => {
      const values = sides.map(side => summary[side]?.[name]?.[metric])
      return values.every(value => value === undefined)
        ? []
        : [[name, unit === '' ? metric : `${metric} (${unit})`, ...values.map(withSpread)]]
    }),
  )
  return table(['', '', ...sides], rows)
}

function renderRatios({ ratios }: SectionResult): string {
  const rows = Object.entries(ratios).map(([name, summary]) => [name, withSpread(summary)])
  return rows.length === 0 ? '' : table(['ratio (higher is better)', ''], rows)
}

function renderFigures({ figures }: SectionResult): string {
  const rows = Object.entries(figures).map(([name, figure]) => [
    name,
    `${withSpread(figure)}${figure.unit && ` ${figure.unit}`}`,
    limitOf(figure),
    figure.isKept ? 'yes' : '**no**',
  ])
  return rows.length === 0 ? '' : table(['figure', 'measured', 'limit', 'kept'], rows)
}

const limitOf = ({ atLeast, atMost, unit }: FigureResult) =>
  `${atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`}${unit && ` ${unit}`}`

function withSpread(summary: Summary | undefined): string {
  if (!summary) return ''
  const [median, lowest, highest] = [summary.median, summary.lowest, summary.highest].map(formatNumber)
  return lowest === highest ? `${median}` : `${median} (${lowest} – ${highest})`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = `|${head.map((_, index) => (index < 2 ? '---' : '--:')).join('|')}|`
  return [line(head), rule, ...rows.map(line)].join('\n')
}
