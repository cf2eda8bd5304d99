import type { ServerResponse } from 'node:http'
import type { FakeVerdict } from '../wire/judge-push.ts'
import type { TokenAnswer } from './create-access-token-issuer.ts'

/** Answers a token request, or does what was ordered instead. `cut` resets the connection. */
export function answerTokenRequest(
  response: ServerResponse,
  verdict: FakeVerdict,
  granted: TokenAnswer | null,
  cut: () => void,
): void {
  const { answer, fault } = verdict
  if (fault === 'reset') cut()
  if (!answer || response.destroyed) return
  response.setHeader('content-type', 'application/json; charset=utf-8')
  if (answer.retryAfter !== undefined) response.setHeader('retry-after', String(answer.retryAfter))
  response.statusCode = granted?.status ?? answer.status
  if (fault === 'endlessBody') response.write('{"access_token":')
  else response.end(granted ? JSON.stringify(granted.body) : (answer.body ?? '{}'))
}
