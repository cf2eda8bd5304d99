import type { Metric, Section } from '../sections/section.ts'
import { type Summary, summarise } from './statistics.ts'
import { createTurn, type Measured } from './turn.ts'

/** A figure with its limit, and whether it is kept. The value is the median over the turns. */
export interface FigureResult extends Summary {
  unit: string
  atLeast?: number
  atMost?: number
  isKept: boolean
}

/** The result of one section, as it is kept in bench/results. */
export interface SectionResult {
  section: string
  title: string
  method: string
  sides: readonly string[]
  cases: readonly string[]
  metrics: Readonly<Record<string, Metric>>
  plots: readonly string[]
  /** By side, case and metric. */
  summary: Record<string, Record<string, Record<string, Summary>>>
  /** Each is formed in every turn; the higher, the better. */
  ratios: Record<string, Summary>
  figures: Record<string, FigureResult>
  /** What each turn measured. */
  turns: readonly Measured[]
}

type Described = Omit<Section, 'measure' | 'name'> & { name: string }

/** Summarises the turns of a section. A ratio compares sides that were measured directly one after the other. */
export function buildResult(section: Described, turns: readonly Measured[]): SectionResult {
  const { name, title, method, sides, cases, metrics, plots } = section
  const all = turns.map(createTurn)
  const ratios = mapValues(section.ratios, of => summarise(all.map(of)))
  const figures = mapValues(section.figures, ({ of, ...limits }): FigureResult => {
    const summary = summarise(all.map(of))
    const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = limits
    return { ...limits, ...summary, isKept: summary.median >= atLeast && summary.median <= atMost }
  })
  return {
    ...{ section: name, title, method, sides, cases, metrics, plots },
    summary: summariseTurns(turns),
    ...{ ratios, figures, turns },
  }
}

function summariseTurns(turns: readonly Measured[]): SectionResult['summary'] {
  return mapValues(turns[0] ?? {}, (ofSide, side) =>
    mapValues(ofSide, (ofCase, name) =>
      mapValues(ofCase, (_value, metric) =>
        summarise(turns.map(turn => turn[side]?.[name]?.[metric] ?? Number.NaN)),
      ),
    ),
  )
}

const mapValues = <Value, Result>(
  record: Readonly<Record<string, Value>>,
  map: (value: Value, key: string) => Result,
): Record<string, Result> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]))
