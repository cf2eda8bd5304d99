import type { Logger } from './create-logger.ts'

/** Where a process can be reached; its parent, if it has one that listens, is told in the same words as the log. */
export interface Ready {
  url?: string
  adminUrl: string
}

export function announceReady(log: Logger, ready: Ready): void {
  log.info(ready, 'ready')
  process.send?.({ ready })
}
