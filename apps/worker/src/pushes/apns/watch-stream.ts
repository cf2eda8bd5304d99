import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import { type ClientHttp2Stream, constants } from 'node:http2'

/** The HTTP/2 stream of one send, as far as it has got. */
export interface WatchedStream {
  stream?: ClientHttp2Stream
  /** Of the answer, as soon as its headers are there. */
  status?: number
  retryAfter?: unknown
}

const sends = new AsyncLocalStorage<WatchedStream>()
const watched = new WeakMap<object, WatchedStream>()

/**
 * Runs a send of node-apn's and watches the stream that it opens.
 *
 * node-apn tells neither what Apple's `Retry-After` said (it looks for it under a name that HTTP/2 does not have, and
 * drops it besides) nor the status of an answer whose body it cannot read, and has no way to give a push up. Node
 * publishes every HTTP/2 stream, and publishes it within the send that opened it.
 * https://nodejs.org/docs/latest-v24.x/api/diagnostics_channel.html#http2
 */
export function watchStream<T>(send: () => Promise<T>): { result: Promise<T>; seen: WatchedStream } {
  const seen: WatchedStream = {}
  return { result: sends.run(seen, send), seen }
}

/** Gives a push up: nobody waits for its answer any more. */
export function cancelStream({ stream }: WatchedStream): void {
  if (stream && !stream.destroyed) stream.close(constants.NGHTTP2_CANCEL)
}

interface StreamMessage {
  stream: ClientHttp2Stream
  headers: Record<string, unknown>
}

subscribe('http2.client.stream.created', message => {
  const seen = sends.getStore()
  if (!seen) return
  const { stream } = message as StreamMessage
  seen.stream = stream
  watched.set(stream, seen)
})

subscribe('http2.client.stream.finish', message => {
  const { stream, headers } = message as StreamMessage
  const seen = watched.get(stream)
  if (!seen) return
  seen.status = Number(headers[':status'])
  seen.retryAfter = headers['retry-after']
})
