import { type NotSent, notSent } from './outcome.ts'

/** Node fires a longer timer immediately, and the deadline of an alert may be 28 days away. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * The place of a push among those that wait: it goes before all with a larger number, however long those have waited. A push that
 * yields has a place between `urgent` and `patient`.
 */
export type Urgency = number
export const urgencies = { first: 0, urgent: 1, patient: Number.POSITIVE_INFINITY } as const

/** Pushes that wait for room: by urgency, otherwise first come, first served. */
export interface Turns {
  /**
   * Does the work as soon as there is room, or refuses it at its deadline (epoch ms) at the latest. The work counts as
   * under way once it has returned its promise.
   */
  take<T>(deadline: number, work: () => Promise<T>, urgency?: Urgency): Promise<T | NotSent>
  /**
   * Whether work of this urgency would start at once.
   *
   * @param count how much of it. Default: 1
   */
  isFree(urgency: Urgency, count?: number): boolean
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
 * @param hasRoom whether so many more may start now
 */
export function takeTurns(hasRoom: (count: number) => boolean, clock: () => number): Turns {
  /** The lines in which work waits, the most urgent one first. None is empty. */
  const lines: { urgency: Urgency; waiting: Set<Waiting> }[] = []
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

  function addTo(urgency: Urgency, entry: Waiting) {
    const known = lines.find(line => line.urgency === urgency)
    if (known) return known.waiting.add(entry)
    const at = lines.findIndex(line => line.urgency > urgency)
    lines.splice(at < 0 ? lines.length : at, 0, { urgency, waiting: new Set([entry]) })
  }

  function removeFrom(urgency: Urgency, entry: Waiting) {
    const at = lines.findIndex(line => line.urgency === urgency)
    lines[at]?.waiting.delete(entry)
    if (lines[at]?.waiting.size === 0) lines.splice(at, 1)
  }

  function admit() {
    // Lines that become empty leave the list meanwhile.
    for (const { waiting } of [...lines]) {
      for (const next of waiting) {
        if (!hasRoom(1)) return
        next.start()
      }
    }
  }

  /** Whether no waiting work would go first, and there is room. */
  const isFree = (urgency: Urgency, count = 1) => ahead(urgency) === 0 && hasRoom(count)

  function ahead(urgency: Urgency) {
    let ahead = 0
    for (const line of lines) if (line.urgency <= urgency) ahead += line.waiting.size
    return ahead
  }

  return {
    isFree,
    ahead,
    waiting: () => ahead(urgencies.patient),
    startedLately: () => countStarts(0),
    take(deadline, work, urgency = urgencies.urgent) {
      const left = deadline - clock()
      if (left <= 0) return Promise.resolve(notSent('the deadline had passed'))
      const wait = Math.min(left, LONGEST_TIMER_MS)
      const begin = () => {
        countStarts(1)
        return work()
      }
      if (isFree(urgency)) return begin()
      return new Promise(resolve => {
        const leave = () => {
          clearTimeout(timer)
          removeFrom(urgency, entry)
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
        addTo(urgency, entry)
        admit()
      })
    },
    admit,
    refuse(refusal) {
      for (const entry of lines.flatMap(({ waiting }) => [...waiting])) entry.refuse(refusal)
    },
  }
}
