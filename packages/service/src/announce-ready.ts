import type { Logger } from './create-logger.ts'

/** Where a process can be reached. */
export interface Ready {
  url?: string
  adminUrl: string
}

/** Logs that the process is ready, and sends the same to its parent process if it has an IPC channel. */
export function announceReady(log: Logger, ready: Ready): void {
  log.info(ready, 'ready')
  process.send?.({ ready })
}
