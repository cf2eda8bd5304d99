import { setTimeout as delay } from 'node:timers/promises'
import type { WorkerProcess } from '@ringer/simulator/workers-control'
import type { StartedProcess } from './start-process.ts'

/** Workers that are restarted when they die, as an orchestrator does. */
export interface WorkerPool {
  /** Resolves when all workers are ready; rejects when one of them does not start. */
  start(): Promise<void>
  list(): WorkerProcess[]
  /** Kills a worker with SIGKILL. */
  kill(id: string): void
  /** Calls the listener when a worker dies or is back. Returns a function that removes the listener. */
  onChange(listener: () => void): () => void
  /** Kills the workers, and restarts none of them. */
  close(): Promise<void>
}

interface Slot {
  id: string
  process?: StartedProcess | undefined
  /** The pid of the process, or of the last one while the worker is dead. */
  pid: number
}

/**
 * Creates a pool with one worker for each id.
 *
 * @param options.launch starts the worker with this id
 * @param options.backAfterMs how long after its death a worker is restarted
 */
export function createWorkerPool(options: {
  ids: readonly string[]
  launch: (id: string) => Promise<StartedProcess>
  backAfterMs: number
}): WorkerPool {
  const { ids, launch, backAfterMs } = options
  const slots: Slot[] = ids.map(id => ({ id, pid: 0 }))
  const listeners = new Set<() => void>()
  const closing = new AbortController()
  const restarts = new Set<Promise<void>>()

  const changed = () => {
    for (const listener of listeners) listener()
  }

  async function startIn(slot: Slot): Promise<void> {
    const started = await launch(slot.id)
    slot.process = started
    slot.pid = started.pid
    changed()
    void started.ended.then(() => {
      markDead(slot)
      if (closing.signal.aborted) return
      const restart = restartIn(slot).finally(() => restarts.delete(restart))
      restarts.add(restart)
    })
  }

  function markDead(slot: Slot): void {
    if (!slot.process) return
    slot.process = undefined
    changed()
  }

  /** Tries until the worker starts, because whatever prevents its start may pass. */
  async function restartIn(slot: Slot): Promise<void> {
    while (!slot.process) {
      await delay(backAfterMs, undefined, { signal: closing.signal }).catch(() => {})
      if (closing.signal.aborted) return
      await startIn(slot).catch(() => {})
    }
  }

  return {
    async start() {
      const failed = (await Promise.allSettled(slots.map(startIn))).find(
        ({ status }) => status === 'rejected',
      )
      if (failed?.status === 'rejected') throw failed.reason
    },
    list: () => slots.map(({ id, pid, process }) => ({ id, pid, alive: process !== undefined })),
    kill(id) {
      const slot = slots.find(known => known.id === id)
      slot?.process?.kill('SIGKILL')
      // It counts as dead from now on, even if the exit event comes later.
      if (slot) markDead(slot)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      closing.abort()
      await Promise.all(restarts)
      await Promise.all(slots.map(slot => slot.process?.close('SIGKILL')))
    },
  }
}
