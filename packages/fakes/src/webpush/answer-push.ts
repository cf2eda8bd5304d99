import type { ServerResponse } from 'node:http'
import type { FakeVerdict } from '../wire/judge-push.ts'

/** Answers a push, or breaks its connection, as the verdict says. `cut` resets the connection. */
export function answerPush(
  response: ServerResponse,
  { answer, fault }: FakeVerdict,
  location: string,
  cut: () => void,
): void {
  if (fault === 'reset') cut()
  if (!answer || response.destroyed) return
  const { status, reason, retryAfter, body } = answer
  response.statusCode = status
  if (status === 201) response.setHeader('location', location)
  if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter))
  if (fault === 'endlessBody') response.write('{')
  else response.end(body ?? (reason === null ? '' : JSON.stringify({ reason })))
}
