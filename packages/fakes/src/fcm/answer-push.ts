import type { ServerResponse } from 'node:http'
import type { FakeAnswer, FakeVerdict } from '../wire/judge-push.ts'
import { fcmErrorBody } from './errors.ts'

/** Answers a push, or breaks its connection, as the verdict says. `cut` resets the connection. */
export function answerPush(
  response: ServerResponse,
  verdict: FakeVerdict,
  messageName: string,
  cut: () => void,
): void {
  const { answer, fault } = verdict
  if (fault === 'reset') cut()
  if (!answer || response.destroyed) return
  response.statusCode = answer.status
  if (answer.retryAfter !== undefined) response.setHeader('retry-after', String(answer.retryAfter))
  response.setHeader('content-type', 'application/json; charset=UTF-8')
  if (fault === 'endlessBody') response.write('{"name":')
  else response.end(bodyOf(answer, messageName))
}

/** `{"name"}` for a success, else Google's error body. */
function bodyOf({ body, status, reason, message }: FakeAnswer, messageName: string): string {
  if (body !== undefined) return body
  return status === 200 ? JSON.stringify({ name: messageName }) : fcmErrorBody(status, reason, message)
}
