import type { FastifyReply, FastifyRequest } from 'fastify'

/** The body of every refusal: a code for programs, and a message that says what to fix. */
export interface ErrorBody {
  error: { code: string; message: string }
}

export const errorBody = (code: string, message: string): ErrorBody => ({ error: { code, message } })

/** Answers requests that fail outside a route's own checks with the same kind of body. */
export function answerError(
  error: { statusCode?: number; code?: string },
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const status = error.statusCode ?? 500
  const body = bodyFor(status, error.code, request.routeOptions.bodyLimit)
  if (status < 500) request.log.info({ status, answer: body.error.code, reason: error.code }, 'refused')
  else request.log.error({ err: error }, 'a request failed')
  void reply.code(status).send(body)
}

function bodyFor(status: number, code = 'unknown', bodyLimitBytes: number | undefined): ErrorBody {
  if (status === 413) return errorBody('too_large', `the body is larger than ${bodyLimitBytes} bytes`)
  if (status === 415) return errorBody('unsupported_media_type', 'the content type must be application/json')
  if (code === 'FST_ERR_BAD_URL')
    return errorBody('bad_request', 'the path: percent-encoded bytes must be UTF-8')
  if (status < 500) return errorBody('bad_request', `the request cannot be read (${code})`)
  return errorBody('internal', 'the server failed; please send the request again')
}
