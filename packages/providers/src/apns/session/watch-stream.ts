import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import { type ClientHttp2Stream, constants } from 'node:http2'

/** What is known so far of the HTTP/2 stream of one send. */
export interface WatchedStream {
  stream?: ClientHttp2Stream
  /** The answer's status, once its headers have arrived. */
  status?: number
  retryAfter?: unknown
  /** Called as soon as the headers are there. */
  onHeaders?: () => void
}

const sends = new AsyncLocalStorage<WatchedStream>()
/** The property of a stream that is watched. Each garbage collection would search a WeakMap. */
const WATCHED = Symbol('watched')

/**
 * Runs one of node-apn's sends and watches the stream that it opens.
 *
 * node-apn reports neither Apple's `Retry-After` (it reads a header name that HTTP/2 does not have, and then drops the
 * value) nor the status of an answer whose body it cannot read, and it has no way to give a push up. Node publishes every
 * HTTP/2 stream on a diagnostics channel, synchronously within the send that opens it.
 * https://nodejs.org/docs/latest-v24.x/api/diagnostics_channel.html#http2
 */
export function watchStream<T>(send: () => Promise<T>): { result: Promise<T>; seen: WatchedStream } {
  const seen: WatchedStream = {}
  return { result: sends.run(seen, send), seen }
}

/** Cancels the stream of a push that was given up: nobody waits for its answer any more. */
export function cancelStream({ stream }: WatchedStream): void {
  if (stream && !stream.destroyed) stream.close(constants.NGHTTP2_CANCEL)
}

interface StreamMessage {
  stream: ClientHttp2Stream & { [WATCHED]?: WatchedStream }
  headers: Record<string, unknown>
}

subscribe('http2.client.stream.created', message => {
  const seen = sends.getStore()
  if (!seen) return
  const { stream } = message as StreamMessage
  seen.stream = stream
  stream[WATCHED] = seen
})

subscribe('http2.client.stream.finish', message => {
  const { stream, headers } = message as StreamMessage
  const seen = stream[WATCHED]
  if (!seen) return
  seen.status = Number(headers[':status'])
  seen.retryAfter = headers['retry-after']
  seen.onHeaders?.()
})
