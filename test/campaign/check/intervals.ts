/** A stretch of time, epoch ms. */
export interface Interval {
  from: number
  to: number
}

export const overlaps = (one: Interval, other: Interval) => one.from <= other.to && other.from <= one.to

/** What is left of a stretch without the others, in order. */
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

/** When all of them were at once: each given as its own stretches. */
export function inAll(groups: readonly (readonly Interval[])[], whole: Interval): Interval[] {
  const inNone = groups.flatMap(group => without(whole, group))
  return without(whole, inNone)
}
