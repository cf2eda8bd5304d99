/** An interval of time, epoch ms. */
export interface Interval {
  from: number
  to: number
}

export const overlaps = (one: Interval, other: Interval) => one.from <= other.to && other.from <= one.to

/** The parts of an interval that no other interval covers, in order. */
export function without(whole: Interval, others: readonly Interval[]): Interval[] {
  const left: Interval[] = []
  let from = whole.from
  for (const other of others.toSorted((a, b) => a.from - b.from)) {
    if (other.from > whole.to) break
    if (other.from > from) left.push({ from, to: other.from })
    from = Math.max(from, other.to)
  }
  if (from < whole.to) left.push({ from, to: whole.to })
  return left
}

/** The parts of an interval in which every group has an interval. */
export function inAll(groups: readonly (readonly Interval[])[], whole: Interval): Interval[] {
  const gaps = groups.flatMap(group => without(whole, group))
  return without(whole, gaps)
}
