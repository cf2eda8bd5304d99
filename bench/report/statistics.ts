/** The median of several values, with the lowest and the highest. */
export interface Summary {
  median: number
  lowest: number
  highest: number
}

/** @throws without values */
export function summarise(values: readonly number[]): Summary {
  return { median: median(values), lowest: percentile(values, 0), highest: percentile(values, 100) }
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = Number.NaN, high = low] = sorted.length % 2 === 1 ? [sorted[middle]] : sorted.slice(middle - 1)
  if (Number.isNaN(low)) throw new RangeError('no values were measured')
  return (low + high) / 2
}

/**
 * The smallest value that is not exceeded by `percent` of the values (the nearest-rank method).
 *
 * @throws without values
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length))
  const value = sorted[rank - 1]
  if (value === undefined) throw new RangeError('no values were measured')
  return value
}
