import type { Turn } from '../report/turn.ts'
import type { BenchStage } from '../stage/start-bench-stage.ts'

/** What a section measures with. */
export interface Context {
  /** Starts a stage, runs the measurement on it, and closes it. */
  openStage<T>(measure: (stage: BenchStage) => Promise<T>): Promise<T>
  /** Whether to measure for a shorter time. */
  isQuick: boolean
}

export interface Metric {
  /** Empty if the metric's name says it. */
  unit: string
}

/** A figure with a limit. */
export interface Figure {
  unit: string
  atLeast?: number
  atMost?: number
  of: (turn: Turn) => number
}

/** One part of the bench. */
export interface Section {
  name: string
  title: string
  /** What is measured and how, in Markdown. */
  method: string
  /** The side that is measured first, then those that it is compared with. */
  sides: readonly string[]
  cases: readonly string[]
  metrics: Readonly<Record<string, Metric>>
  /** The metrics that are plotted. */
  plots: readonly string[]
  /** Ringer compared with another side, for `--check`: the higher, the better. */
  ratios: Readonly<Record<string, (turn: Turn) => number>>
  figures: Readonly<Record<string, Figure>>
  /** Measures one side once. Returns each case's metrics. A side may lack some of either. */
  measure(side: string, context: Context): Promise<Record<string, Record<string, number>>>
}
