import { setTimeout as delay } from 'node:timers/promises'
import type { WorkerView } from '@ringer/simulator/workers-control'
import type { StartedProcess } from './start-process.ts'

/** Workers that come back when they die, as an orchestrator has them do. */
export interface WorkerPool {
  /** Resolves when all of them are ready; rejects when one of them does not start. */
  start(): Promise<void>
  list(): WorkerView[]
  /** SIGKILL. */
  kill(id: string): void
  /** Is told when a worker died or came back. Returns what ends it. */
  onChange(listener: () => void): () => void
  /** Ends them with SIGTERM; none comes back. */
  close(): Promise<void>
}

interface Slot {
  id: string
  process?: StartedProcess | undefined
  /** The last one, while there is none. */
  pid: number
}

/**
 * @param options.ids one worker each
 * @param options.launch starts the worker with this id
 * @param options.backAfterMs how long after its death a worker is started again
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
  const comingBack = new Set<Promise<void>>()

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
      const back = bringBack(slot).finally(() => comingBack.delete(back))
      comingBack.add(back)
    })
  }

  function markDead(slot: Slot): void {
    if (!slot.process) return
    slot.process = undefined
    changed()
  }

  /** Tries until it starts: what keeps it from starting may pass. */
  async function bringBack(slot: Slot): Promise<void> {
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
      // Dead from here on, whenever the system says so.
      if (slot) markDead(slot)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      closing.abort()
      await Promise.all(comingBack)
      await Promise.all(slots.map(slot => slot.process?.close()))
    },
  }
}
