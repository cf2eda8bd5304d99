import closeWithGrace from 'close-with-grace'
import type { Logger } from './create-logger.ts'

/**
 * Closes the process in order on SIGTERM, SIGINT or a bug that nobody caught, and ends it when that takes too long.
 * The exit code is 0 only if a signal asked for it and everything was closed in time.
 *
 * @param graceMs the longest that closing may take
 */
export function closeOnSignal(options: { log: Logger; graceMs: number; close: () => Promise<void> }): void {
  const { log, graceMs, close } = options
  const onTimeout = () => log.error(`not closed within ${graceMs} ms; ending all the same`)
  closeWithGrace({ delay: graceMs, logger: false, onTimeout }, async ({ signal, err }) => {
    if (err) log.fatal({ err }, 'closing after an error that nobody caught')
    else log.info({ signal }, 'closing')
    await close().catch((error: unknown) => {
      log.error({ err: error }, 'closing failed')
      throw error
    })
    log.info('closed')
  })
}
