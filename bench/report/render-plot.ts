import type { SectionResult } from './build-result.ts'
import { formatNumber } from './format-number.ts'

const COLOURS = ['#1f6feb', '#8c959f', '#d29922', '#a371f7']
const FONT = 'font-family="system-ui, sans-serif"'
const BAR = 26
const GAP = 28
const HEIGHT = 180
const TOP = 44
const BOTTOM = 34
const SIDE = 24

/**
 * Renders a section's plotted metrics as an SVG: a panel for each metric, a group of bars for each case, a bar for each side
 * with a line from its lowest to its highest value.
 */
export function renderPlot(result: SectionResult): string {
  const { title, sides, plots } = result
  const panels = plots.map(metric => renderPanel(result, metric))
  const width = Math.max(480, ...panels.map(panel => panel.width))
  const legendY = TOP + panels.length * PANEL
  const height = legendY + 24 * sides.length + 8
  const body = panels.map(({ svg }, index) => `<g transform="translate(0 ${TOP + index * PANEL})">${svg}</g>`)
  const legend = sides.map((side, index) => {
    const y = legendY + 24 * index
    const square = `<rect x="${SIDE}" y="${y}" width="12" height="12" fill="${colourOf(index)}"/>`
    return `${square}${text(SIDE + 20, y + 11, side)}`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeText(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(SIDE, 26, title, 'font-weight="bold" font-size="15"'),
    ...body,
    ...legend,
    '</svg>',
    '',
  ].join('\n')
}

const PANEL = HEIGHT + TOP + BOTTOM

function renderPanel({ sides, cases, metrics, summary }: SectionResult, metric: string) {
  const shown = cases.filter(name => sides.some(side => summary[side]?.[name]?.[metric]))
  const values = shown.flatMap(name => sides.map(side => summary[side]?.[name]?.[metric]?.highest ?? 0))
  const highest = Math.max(...values, Number.MIN_VALUE)
  const yOf = (value: number) => round(TOP + HEIGHT - (value / highest) * HEIGHT)
  const unit = metrics[metric]?.unit
  const parts = [text(SIDE, 18, unit ? `${metric} (${unit})` : metric, 'font-size="13" fill="#57606a"')]
  let x = SIDE
  for (const name of shown) {
    const from = x
    for (const [index, side] of sides.entries()) {
      const value = summary[side]?.[name]?.[metric]
      if (!value) continue
      const [y, middle] = [yOf(value.median), x + BAR / 2]
      parts.push(
        `<rect x="${x}" y="${y}" width="${BAR}" height="${round(TOP + HEIGHT - y)}" fill="${colourOf(index)}"/>`,
        `<line x1="${middle}" x2="${middle}" y1="${yOf(value.lowest)}" y2="${yOf(value.highest)}" stroke="#24292f"/>`,
        text(
          middle,
          yOf(value.highest) - 5,
          formatNumber(value.median),
          'text-anchor="middle" font-size="11"',
        ),
      )
      x += BAR + 12
    }
    const label = 'text-anchor="middle" font-size="12"'
    parts.push(text((from + x - 12) / 2, TOP + HEIGHT + 18, name, label))
    x = Math.max(x + GAP, from + name.length * 7 + GAP)
  }
  parts.push(
    `<line x1="${SIDE}" x2="${x - GAP}" y1="${TOP + HEIGHT}" y2="${TOP + HEIGHT}" stroke="#8c959f"/>`,
  )
  return { width: x + SIDE, svg: parts.join('') }
}

const colourOf = (index: number) => COLOURS[index % COLOURS.length]
const round = (value: number) => Math.round(value * 10) / 10

function text(x: number, y: number, content: string, attributes = 'font-size="13"'): string {
  const fill = attributes.includes('fill=') ? '' : ' fill="#24292f"'
  return `<text x="${round(x)}" y="${round(y)}" ${FONT} ${attributes}${fill}>${escapeText(content)}</text>`
}

const escapeText = (content: string) =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
