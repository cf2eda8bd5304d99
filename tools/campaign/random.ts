/** A source of random values that repeats with its seed. */
export interface Random {
  /** From 0 to less than 1. */
  next(): number
  /** A whole number between the two, inclusive. */
  between(least: number, most: number): number
  /** True with this probability, 0 to 1. */
  chance(probability: number): boolean
  pick<T>(choices: readonly T[]): T
  /** The choices in a random order, again and again, each time in another one: none is left out for long. */
  cycle<T>(choices: readonly T[]): () => T
  /** Lower-case hex digits. */
  hex(digits: number): string
  /** A separate source for one part of the plan, so that a change to one part does not change the others. */
  of(part: string): Random
}

/** Mulberry32, by Tommy Ettinger, in the public domain. https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  /** Takes one out of the list. */
  const draw = <T>(choices: T[]): T => {
    const [found] = choices.splice(between(0, choices.length - 1), 1)
    if (found === undefined) throw new RangeError('there are no choices to pick from')
    return found
  }
  return {
    next,
    between,
    chance: probability => next() < probability,
    pick: choices => draw([...choices]),
    cycle(choices) {
      let left = [...choices]
      return () => {
        if (left.length === 0) left = [...choices]
        return draw(left)
      }
    },
    hex: digits => Array.from({ length: digits }, () => between(0, 15).toString(16)).join(''),
    of(part) {
      let hash = seed >>> 0
      for (const letter of part) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0
      return createRandom(hash)
    },
  }
}
