import { type Checks, isReady } from '../http/add-health-routes.ts'
import type { Logger } from '../signals/create-logger.ts'

/** Where a process can be reached. */
export interface Ready {
  url?: string
  adminUrl: string
}

const LOOK_MS = 200

/**
 * Logs that the process listens, and sends its addresses to its parent process if it has an IPC channel. Logs `ready` once, when the
 * checks of readiness pass for the first time.
 */
export function announceReady(log: Logger, addresses: Ready, check: () => Promise<Checks>): void {
  log.info(addresses, 'listening')
  process.send?.({ ready: addresses })
  const look = async () => {
    if (isReady(await check())) log.info({ ...addresses, ms: Math.round(process.uptime() * 1_000) }, 'ready')
    else setTimeout(look, LOOK_MS).unref()
  }
  void look()
}
