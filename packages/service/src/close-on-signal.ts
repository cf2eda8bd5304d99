import closeWithGrace from 'close-with-grace'
import type { Logger } from './create-logger.ts'

/**
 * Closes the process in order on SIGTERM, SIGINT or a bug that nobody caught, and ends it when that takes too long.
 *
 * @param graceMs the longest that closing may take
 */
export function closeOnSignal(options: { log: Logger; graceMs: number; close: () => Promise<void> }): void {
  const { log, graceMs, close } = options
  closeWithGrace({ delay: graceMs, logger: false }, async ({ signal, err }) => {
    if (err) log.fatal({ err }, 'closing after an error that nobody caught')
    else log.info({ signal }, 'closing')
    await close()
    log.info('closed')
  })
}
