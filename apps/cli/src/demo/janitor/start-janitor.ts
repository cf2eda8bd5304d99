import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Leftover } from './leftover.ts'

/** A process that cleans up behind the demo, however the demo ends. */
export interface Janitor {
  /** Tells it what to remove at the end. Call it before the thing is made. */
  remember: (leftover: Leftover) => void
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
  return {
    remember: leftover => void child.send(leftover),
    close: async () => {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}
