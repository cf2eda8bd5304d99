import closeWithGrace from 'close-with-grace'
import type { Logger } from '../signals/create-logger.ts'

/**
 * Closes the process on SIGTERM, on SIGINT or after an uncaught error, and exits anyway if that takes too long. The exit code
 * is 0 only if a signal was the cause and everything was closed in time.
 *
 * @param options.graceMs how long closing may take
 */
export function closeOnSignal(options: { log: Logger; graceMs: number; close: () => Promise<void> }): void {
  const { log, graceMs, close } = options
  const onTimeout = () => log.error(`not closed within ${graceMs} ms; exiting anyway`)
  closeWithGrace({ delay: graceMs, logger: false, onTimeout }, async ({ signal, err }) => {
    if (err) log.fatal({ err }, 'closing after an uncaught error')
    else log.info({ signal }, 'closing')
    await close().catch((error: unknown) => {
      log.error({ err: error }, 'closing failed')
      throw error
    })
    log.info('closed')
  })
}
