/** Why a push did not get its turn; nothing of it was sent. */
export type NoTurn = { refused: string }

/** Pushes that wait for room, first come, first served. */
export interface Turns {
  /**
   * Does the work as soon as there is room, or refuses it: at its deadline at the latest, epoch ms. The work counts as
   * under way when it returns its promise, which must not reject.
   */
  take<T>(deadline: number, work: () => Promise<T>): Promise<T | NoTurn>
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
  const waiting = new Set<Waiting>()

  function admit() {
    for (const next of waiting) {
      if (!hasRoom()) return
      next.start()
    }
  }

  return {
    take(deadline, work) {
      const left = deadline - clock()
      if (left <= 0) return Promise.resolve({ refused: 'the deadline had passed' })
      if (waiting.size === 0 && hasRoom()) return work()
      return new Promise(resolve => {
        const leave = () => {
          clearTimeout(timer)
          waiting.delete(entry)
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
        const timer = setTimeout(() => entry.refuse('the deadline passed while it waited for its turn'), left)
        waiting.add(entry)
        admit()
      })
    },
    admit,
    refuse(why) {
      for (const entry of [...waiting]) entry.refuse(why)
    },
  }
}
