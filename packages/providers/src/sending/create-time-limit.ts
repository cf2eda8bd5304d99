const TICK_MS = 50

/** One time limit for any number of waits. */
export interface TimeLimit {
  /** Calls `onOver` when the limit is over. Returns a function that ends the wait before that. */
  start(onOver: () => void): () => void
}

/**
 * Measures how long an answer has been missing while this process was able to receive it. It counts ticks: a process that
 * was blocked or frozen counts one tick, however long that lasted. With a plain timer, a process that wakes up would give
 * up every push whose answer arrived meanwhile, and would send all of them again.
 */
export function createTimeLimit(ms: number): TimeLimit {
  const length = Math.ceil(ms / TICK_MS) + 1
  /** Each wait with the tick that ends it, in the order in which they began, which is the order in which they end. */
  const waits = new Map<() => void, number>()
  let ticks = 0
  let timer: NodeJS.Timeout | undefined

  function stopIfIdle() {
    if (waits.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  function onTick() {
    ticks += 1
    for (const [onOver, due] of waits) {
      if (ticks < due) break
      waits.delete(onOver)
      onOver()
    }
    stopIfIdle()
  }

  return {
    start(onOver) {
      waits.set(onOver, ticks + length)
      timer ??= setInterval(onTick, TICK_MS)
      return () => {
        waits.delete(onOver)
        stopIfIdle()
      }
    },
  }
}
