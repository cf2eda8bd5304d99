/** Counts what is under way now, by key. Keys with nothing under way take no memory. */
export interface Tally {
  of(key: string): number
  /** Counts one more, until the returned function is called. */
  enter(key: string): () => void
}

export function createTally(): Tally {
  const underWay = new Map<string, number>()
  const of = (key: string) => underWay.get(key) ?? 0
  return {
    of,
    enter(key) {
      underWay.set(key, of(key) + 1)
      return () => {
        const left = of(key) - 1
        if (left > 0) underWay.set(key, left)
        else underWay.delete(key)
      }
    },
  }
}
