import type { ServerResponse } from 'node:http'
import type { FakeVerdict } from '../../wire/judge-push.ts'
import { cometchatErrorBody } from './errors.ts'

/** Carries out the verdict on a request. `body` is the body of a success; `cut` resets the connection. */
export function answerRequest(
  response: ServerResponse,
  { answer, fault }: FakeVerdict,
  body: unknown,
  cut: () => void,
): void {
  if (fault === 'reset') cut()
  if (!answer || response.destroyed) return
  const { status, reason, message, retryAfter, location = '/' } = answer
  response.statusCode = status
  if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter))
  if (status >= 300 && status < 400) response.setHeader('location', location)
  response.setHeader('content-type', answer.body?.startsWith('<') ? 'text/html' : 'application/json')
  if (fault === 'endlessBody') response.write('{"data":[')
  else if (fault === 'floodBody') flood(response)
  else
    response.end(
      answer.body ?? (status === 200 ? JSON.stringify(body) : cometchatErrorBody(status, reason, message)),
    )
}

/** Sends spaces, which JSON allows, as fast as they are read. */
function flood(response: ServerResponse): void {
  const chunk = Buffer.alloc(65_536, ' ')
  const send = () => {
    while (!response.destroyed && response.write(chunk));
  }
  response.on('drain', send)
  send()
}
