/** Chance that comes again with its seed. */
export interface Random {
  /** From 0 to less than 1. */
  next(): number
  /** A whole number, both ends included. */
  between(least: number, most: number): number
  /** True with this probability, 0 to 1. */
  chance(probability: number): boolean
  pick<T>(choices: readonly T[]): T
  /** Lower-case hex digits. */
  hex(digits: number): string
  /** Chance of its own for a part, so that one part's plan does not move another's. */
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
  return {
    next,
    between,
    chance: probability => next() < probability,
    pick(choices) {
      const index = between(0, choices.length - 1)
      const found = choices[index]
      if (found === undefined) throw new RangeError('there is nothing to pick from')
      return found
    },
    hex: digits => Array.from({ length: digits }, () => between(0, 15).toString(16)).join(''),
    of(part) {
      let hash = seed >>> 0
      for (const letter of part) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0
      return createRandom(hash)
    },
  }
}
