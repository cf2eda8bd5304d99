import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Leftover, LeftoverChange } from './leftover.ts'

/** A process that cleans up behind the demo, however the demo ends. */
export interface Janitor {
  /**
   * Tells it what to remove at the end. Call it before the thing is made. The function that it returns says that the thing is
   * gone: another process may get the pid of one that has ended.
   */
  remember: (leftover: Leftover) => () => void
  /** Lets it clean up. Resolves when it has. */
  close: () => Promise<void>
}

/** Starts the janitor. It notices by its IPC channel that this process is gone, which works for SIGKILL as well. */
export function startJanitor(): Janitor {
  const child = fork(fileURLToPath(new URL('./main.ts', import.meta.url)), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // In a group of its own: a signal to the demo's group must not reach it.
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const ended = once(child, 'exit')
  const tell = (change: LeftoverChange) => {
    if (child.connected) child.send(change)
  }
  return {
    remember(leftover) {
      const id = randomUUID()
      tell({ id, leftover })
      return () => tell({ id })
    },
    close: async () => {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}
