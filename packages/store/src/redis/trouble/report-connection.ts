import type { RedisClient } from '../connect.ts'

/**
 * Reports when the connection to Redis fails, with the system's code if there is one, and when it is up.
 *
 * @returns what ends the reports. Call it before the connection is closed on purpose
 */
export function reportConnection(
  redis: RedisClient,
  { failed, worked }: { failed(reason: string): void; worked(): void },
): () => void {
  const onError = (error: Error) => failed('code' in error ? String(error.code) : 'the connection failed')
  const onClose = () => failed('the connection is closed')
  redis.on('error', onError).on('close', onClose).on('ready', worked)
  return () => void redis.off('error', onError).off('close', onClose).off('ready', worked)
}
