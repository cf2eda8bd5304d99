/** What one turn measured: by side, case and metric. */
export type Measured = Record<string, Record<string, Record<string, number>>>

/** One turn: all sides, one directly after the other. */
export interface Turn {
  /** @throws if this was not measured */
  of(side: string, name: string, metric: string): number
}

export function createTurn(measured: Measured): Turn {
  return {
    of(side, name, metric) {
      const value = measured[side]?.[name]?.[metric]
      if (value === undefined) throw new RangeError(`${metric} of ${side}, ${name}, was not measured`)
      return value
    },
  }
}
