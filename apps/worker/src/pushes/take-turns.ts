/** Why a push did not get its turn; nothing of it was sent. */
export type NoTurn = { refused: string }

/** A timer of Node's that is set for longer ends at once; a notification may be worth something for 28 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Whose turn comes first: what is `urgent` is let in before all that is `patient`, however long that has waited. */
export type Urgency = 'urgent' | 'patient'

/** Pushes that wait for room: rings first, and among equals first come, first served. */
export interface Turns {
  /**
   * Does the work as soon as there is room, or refuses it: at its deadline at the latest, epoch ms. The work counts as
   * under way when it returns its promise, which must not reject. Urgent unless told.
   */
  take<T>(deadline: number, work: () => Promise<T>, urgency?: Urgency): Promise<T | NoTurn>
  /** Lets in whom there is room for. To be called whenever there may be more. */
  admit(): void
  /** Sends away everybody who waits now. */
  refuse(why: string): void
}

interface Waiting {
  start(): void
  refuse(why: string): void
}

/**
 * Bounds what is under way at once. Waiting here costs next to nothing, and none of the provider's time: inside the
 * libraries it would cost memory, and count as if the provider were slow.
 *
 * @param hasRoom whether one more may start now
 */
export function takeTurns(hasRoom: () => boolean, clock: () => number): Turns {
  const waiting = { urgent: new Set<Waiting>(), patient: new Set<Waiting>() }
  const inOrder = () => [waiting.urgent, waiting.patient]

  function admit() {
    for (const line of inOrder()) {
      for (const next of line) {
        if (!hasRoom()) return
        next.start()
      }
    }
  }

  return {
    take(deadline, work, urgency = 'urgent') {
      const left = deadline - clock()
      if (left <= 0) return Promise.resolve({ refused: 'the deadline had passed' })
      const line = waiting[urgency]
      const wait = Math.min(left, LONGEST_TIMER_MS)
      const isNext = waiting.urgent.size === 0 && line.size === 0
      if (isNext && hasRoom()) return work()
      return new Promise(resolve => {
        const leave = () => {
          clearTimeout(timer)
          line.delete(entry)
        }
        const entry: Waiting = {
          start() {
            leave()
            resolve(work())
          },
          refuse(why) {
            leave()
            resolve({ refused: why })
          },
        }
        const timer = setTimeout(() => entry.refuse('the deadline passed while it waited for its turn'), wait)
        line.add(entry)
        admit()
      })
    },
    admit,
    refuse(why) {
      for (const entry of inOrder().flatMap(line => [...line])) entry.refuse(why)
    },
  }
}
