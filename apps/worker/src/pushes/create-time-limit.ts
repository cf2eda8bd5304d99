const TICK_MS = 50

/** A limit that any number of waits may be put under. */
export interface TimeLimit {
  /** Calls back once the limit is over. Returns what ends the wait before. */
  start(onOver: () => void): () => void
}

/**
 * Measures how long somebody has not answered while this process was listening: in ticks, of which a process that was
 * held up itself has one, however long it was. With a plain timer it would give up, on waking, every answer that had
 * arrived meanwhile, and send all those pushes again.
 */
export function createTimeLimit(ms: number): TimeLimit {
  const length = Math.ceil(ms / TICK_MS) + 1
  /** By when they are due, which is the order in which they came. */
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
