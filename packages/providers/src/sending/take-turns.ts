import { type NotSent, notSent } from './outcome.ts'

/** Node fires a longer timer immediately, and the deadline of an alert may be 28 days away. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** In this order: a push goes before all that are less urgent, however long those have waited. */
const urgencies = ['first', 'urgent', 'yielding', 'patient'] as const
export type Urgency = (typeof urgencies)[number]

/** Pushes that wait for room: by urgency, otherwise first come, first served. */
export interface Turns {
  /**
   * Does the work as soon as there is room, or refuses it at its deadline (epoch ms) at the latest. The work counts as
   * under way once it has returned its promise.
   */
  take<T>(deadline: number, work: () => Promise<T>, urgency?: Urgency): Promise<T | NotSent>
  /** Whether work of this urgency would start at once. */
  isFree(urgency: Urgency): boolean
  /** How much work waits that would go before new work of this urgency. */
  ahead(urgency: Urgency): number
  /** How much work waits. */
  waiting(): number
  /** How much work has started in the last second or two. */
  startedLately(): number
  /** Starts as much waiting work as there is room for. Call it whenever there may be more room. */
  admit(): void
  /** Refuses all work that waits now. */
  refuse(refusal: NotSent): void
}

interface Waiting {
  start(): void
  refuse(refusal: NotSent): void
}

/**
 * Bounds how much is under way at once. Waiting here costs next to nothing. Waiting inside a provider's library would cost
 * memory, and would count as if the provider were slow.
 *
 * @param hasRoom whether one more may start now
 */
export function takeTurns(hasRoom: () => boolean, clock: () => number): Turns {
  const lines = urgencies.map(() => new Set<Waiting>())
  const lineOf = (urgency: Urgency) => lines[urgencies.indexOf(urgency)] as Set<Waiting>
  /** How much work has started in the present second, and in the one before it. */
  let second = 0
  let started = 0
  let startedBefore = 0

  function countStarts(more: number) {
    const now = Math.floor(clock() / 1_000)
    if (now !== second) {
      startedBefore = now === second + 1 ? started : 0
      started = 0
      second = now
    }
    started += more
    return started + startedBefore
  }

  function admit() {
    for (const line of lines) {
      for (const next of line) {
        if (!hasRoom()) return
        next.start()
      }
    }
  }

  /** Whether no waiting work would go first, and there is room. */
  const isFree = (urgency: Urgency) => ahead(urgency) === 0 && hasRoom()

  function ahead(urgency: Urgency) {
    let waiting = 0
    for (let line = urgencies.indexOf(urgency); line >= 0; line -= 1) waiting += lines[line]?.size ?? 0
    return waiting
  }

  return {
    isFree,
    ahead,
    waiting: () => ahead('patient'),
    startedLately: () => countStarts(0),
    take(deadline, work, urgency = 'urgent') {
      const left = deadline - clock()
      if (left <= 0) return Promise.resolve(notSent('the deadline had passed'))
      const line = lineOf(urgency)
      const wait = Math.min(left, LONGEST_TIMER_MS)
      const begin = () => {
        countStarts(1)
        return work()
      }
      if (isFree(urgency)) return begin()
      return new Promise(resolve => {
        const leave = () => {
          clearTimeout(timer)
          line.delete(entry)
        }
        const entry: Waiting = {
          start() {
            leave()
            resolve(begin())
          },
          refuse(refusal) {
            leave()
            resolve(refusal)
          },
        }
        const late = notSent('the deadline passed while it waited for its turn')
        const timer = setTimeout(() => entry.refuse(late), wait)
        line.add(entry)
        admit()
      })
    },
    admit,
    refuse(refusal) {
      for (const entry of lines.flatMap(line => [...line])) entry.refuse(refusal)
    },
  }
}
