import type { WorkersControl } from './workers-control.ts'

/** Tells, in a sentence each, which workers died and which are back. Returns what ends it. */
export function noteWorkers(workers: WorkersControl, note: (text: string) => void): () => void {
  let before = workers.list()
  return workers.onChange(() => {
    const now = workers.list()
    for (const { id, pid, alive } of now) {
      const known = before.find(worker => worker.id === id)
      if (known?.alive && !alive) note(`${id} (process ${known.pid}) is dead`)
      if (known && !known.alive && alive) note(`${id} is back (process ${pid})`)
    }
    before = now
  })
}
