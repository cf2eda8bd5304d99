/** The names of ioredis' errors and of its parser's. */
const NAMES = new Set(['ReplyError', 'AbortError', 'ClusterAllFailedError', 'MaxRetriesPerRequestError'])

/** ioredis' messages about a connection that is lost, silent, or not open yet. */
const MESSAGE =
  /^Connection is closed|^connect |^Command timed out|^Socket timeout|^Stream isn't writeable|\bCluster\b|^None of startup nodes|^Node is disconnected|^All sentinels/

/** Whether an error comes from Redis or from the connection to it, as opposed to a mistake in this code or a job that is gone. */
export function isRedisError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  // BullMQ's own errors, about jobs and locks, have numbers.
  const code = 'code' in error ? error.code : undefined
  if (typeof code === 'number') return false
  return NAMES.has(error.name) || /^E[A-Z]+$/.test(String(code)) || MESSAGE.test(error.message)
}
