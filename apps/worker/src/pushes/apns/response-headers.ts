import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'

/** What is noted of one attempt's answer. */
export interface ResponseHeaders {
  retryAfter?: unknown
}

const attempts = new AsyncLocalStorage<ResponseHeaders>()
const noted = new WeakMap<object, ResponseHeaders>()

/**
 * Runs a send and notes the headers of its answer.
 *
 * node-apn never tells what Apple's `Retry-After` said: it looks for it under a name that HTTP/2 does not have, and
 * drops it besides. Node publishes every HTTP/2 stream, and publishes it within the send that opened it.
 * https://nodejs.org/docs/latest-v24.x/api/diagnostics_channel.html#http2
 */
export async function noteResponseHeaders<T>(
  send: () => Promise<T>,
): Promise<{ result: T; headers: ResponseHeaders }> {
  const headers: ResponseHeaders = {}
  const result = await attempts.run(headers, send)
  return { result, headers }
}

interface StreamMessage {
  stream: object
  headers: Record<string, unknown>
}

subscribe('http2.client.stream.created', message => {
  const attempt = attempts.getStore()
  if (attempt) noted.set((message as StreamMessage).stream, attempt)
})

subscribe('http2.client.stream.finish', message => {
  const { stream, headers } = message as StreamMessage
  const attempt = noted.get(stream)
  if (attempt) attempt.retryAfter = headers['retry-after']
})
