import { constants, type ServerHttp2Stream } from 'node:http2'
import type { FakeAnswer, FakeVerdict } from '../wire/judge-push.ts'

/** Answers a push, or breaks its stream, as the verdict says. */
export function answerPush(stream: ServerHttp2Stream, verdict: FakeVerdict, apnsId: string): void {
  const { session } = stream
  if (stream.destroyed || stream.closed || !session || session.destroyed) return
  const { answer, fault } = verdict
  if (answer) respond(stream, answer, apnsId, fault === 'endlessBody')
  else if (fault === 'reset') stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else if (fault === 'refuseStream' || fault === 'goaway') stream.close(constants.NGHTTP2_REFUSED_STREAM)
  if (fault === 'goaway') session.goaway(constants.NGHTTP2_NO_ERROR)
}

function respond(stream: ServerHttp2Stream, answer: FakeAnswer, apnsId: string, isEndless: boolean): void {
  const headers = {
    ':status': answer.status,
    'apns-id': apnsId,
    ...(answer.retryAfter === undefined ? {} : { 'retry-after': String(answer.retryAfter) }),
  }
  if (isEndless) {
    stream.respond(headers)
    stream.write('{"reason":')
    return
  }
  const body = bodyOf(answer)
  stream.respond(headers, { endStream: body === '' })
  if (body !== '') stream.end(body)
}

/** Empty for a success, else `{"reason", "timestamp"?}`. */
function bodyOf({ body, reason, timestamp }: FakeAnswer): string {
  if (body !== undefined) return body
  return reason === null ? '' : JSON.stringify({ reason, timestamp })
}
