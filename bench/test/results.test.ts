import { describe, expect, it } from 'vitest'
import { buildResult } from '../report/build-result.ts'
import { checkRatios } from '../report/check-ratios.ts'
import { renderPlot } from '../report/render-plot.ts'
import { renderTables } from '../report/render-table.ts'
import { createTurn } from '../report/turn.ts'
import { updateDocument } from '../report/update-document.ts'
import { sampleSection, sampleTurns } from './sample-section.ts'

const result = buildResult(sampleSection, sampleTurns)

describe('buildResult', () => {
  it('summarises each metric over the turns', () => {
    expect(result.summary.Ringer?.['1 worker']?.['calls/s']).toEqual({
      median: 900,
      lowest: 400,
      highest: 1_400,
    })
  })

  it("takes the median of the turns' ratios, not the ratio of the medians", () => {
    expect(result.ratios['calls/s']).toEqual({ median: 0.8, lowest: 0.7, highest: 0.9 })
  })

  it('says which figures keep their limits', () => {
    expect(result.figures['against the floor']).toMatchObject({ median: 0.8, atLeast: 0.75, isKept: true })
    expect(result.figures.memory).toMatchObject({ median: 220, atMost: 200, isKept: false })
  })
})

it('a turn names what was not measured', () => {
  const turn = createTurn(sampleTurns[0] ?? {})
  expect(() => turn.of('bare', '2 workers', 'memory')).toThrow('memory of bare, 2 workers, was not measured')
})

describe('checkRatios', () => {
  const withRatio = (median: number) => ({
    section: 'sample',
    ratios: { 'calls/s': { median, lowest: median, highest: median } },
  })

  it.each([0.8, 0.681, 1.2])('accepts a ratio of %s when 0.8 is committed', median => {
    expect(checkRatios(withRatio(median), result)).toEqual([])
  })

  it('names a ratio that is more than 15 % below the committed one', () => {
    expect(checkRatios(withRatio(0.67), result)).toEqual([
      'sample: calls/s: 0.67, 16 % below the committed 0.80 (at most 15 % are allowed)',
    ])
  })

  it('fails without a committed result, and says how to make one', () => {
    expect(checkRatios(result, undefined)).toEqual([
      'sample: there is no committed result; run npm run bench -- --only sample --save',
    ])
  })

  it('fails if a committed ratio is no longer measured', () => {
    expect(checkRatios({ section: 'sample', ratios: {} }, result)).toEqual([
      'sample: the ratio "calls/s" is no longer measured; save the results again',
    ])
  })
})

describe('renderTables', () => {
  it('shows medians with their spread, ratios, and figures with their limits', () => {
    expect(renderTables(result)).toBe(
      [
        '|  |  | Ringer | bare |',
        '|---|---|--:|--:|',
        '| 1 worker | calls/s | 900 (400 – 1,400) | 1,000 (500 – 2,000) |',
        '| 1 worker | memory (MB) | 220 (210 – 230) |  |',
        '| 2 workers | calls/s | 1,800 (800 – 2,800) | 2,000 (1,000 – 4,000) |',
        '',
        '| ratio (higher is better) |  |',
        '|---|---|',
        '| calls/s | 0.80 (0.70 – 0.90) |',
        '',
        '| figure | measured | limit | kept |',
        '|---|---|--:|--:|',
        '| against the floor | 0.80 (0.70 – 0.90) × | ≥ 0.75 × | yes |',
        '| memory | 220 (210 – 230) MB | ≤ 200 MB | **no** |',
      ].join('\n'),
    )
  })
})

describe('renderPlot', () => {
  const svg = renderPlot(result)

  it('draws a bar for each side of each case, as high as its median', () => {
    const bars = [...svg.matchAll(/<rect x="[\d.]+" y="[\d.]+" width="26" height="([\d.]+)"/g)]
    const heights = bars.map(([, height]) => Number(height))
    expect(heights).toHaveLength(4)
    // 900 and 1,000 of at most 4,000, at 180 pixels.
    expect(heights.slice(0, 2)).toEqual([40.5, 45])
  })

  it('escapes text', () => {
    expect(svg).toContain('Calls &amp; pushes')
    expect(svg).not.toMatch(/&(?!amp;|lt;|gt;)/)
  })

  it('leaves out a metric that is not plotted', () => {
    expect(svg).not.toContain('memory')
  })
})

describe('updateDocument', () => {
  const document = '# Title\n\n<!-- bench: sample -->\nold\n<!-- end of sample -->\n\nThe rest.\n'

  it('replaces what stands between the markers of a section, and keeps the markers', () => {
    expect(updateDocument(document, 'sample', 'new\n')).toBe(
      '# Title\n\n<!-- bench: sample -->\n\nnew\n\n<!-- end of sample -->\n\nThe rest.\n',
    )
  })

  it('throws if the markers are missing', () => {
    expect(() => updateDocument(document, 'other', 'new')).toThrow(
      'docs/benchmarks.md has no <!-- bench: other --> followed by <!-- end of other -->',
    )
  })
})
