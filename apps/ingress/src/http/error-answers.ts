import type { FastifyInstance } from 'fastify'

/** The body of every refusal: a code for programs, and a message that says what to fix. */
export interface ErrorBody {
  error: { code: string; message: string }
}

export const errorBody = (code: string, message: string): ErrorBody => ({ error: { code, message } })

/** Answers requests that fail outside a route's own checks, or that match no route, with the same kind of body. */
export function addErrorAnswers(server: FastifyInstance, bodyLimitBytes: number): void {
  server.setErrorHandler<{ statusCode?: number; code?: string }>((error, request, reply) => {
    const status = error.statusCode ?? 500
    const body = bodyFor(status, error.code, bodyLimitBytes)
    if (status < 500) request.log.info({ status, answer: body.error.code, reason: error.code }, 'refused')
    else request.log.error({ err: error }, 'a request failed')
    return reply.code(status).send(body)
  })
  server.setNotFoundHandler((_request, reply) => reply.code(404).send(errorBody('not_found', noSuchRoute)))
}

const noSuchRoute =
  'no such route; send webhooks to POST /webhooks/cometchat, and register phones at POST /api/push/register'

function bodyFor(status: number, code = 'unknown', bodyLimitBytes: number): ErrorBody {
  if (status === 413) return errorBody('too_large', `the body is larger than ${bodyLimitBytes} bytes`)
  if (status === 415) return errorBody('unsupported_media_type', 'the content type must be application/json')
  if (status < 500) return errorBody('bad_request', `the request cannot be read (${code})`)
  return errorBody('internal', 'the server failed; please send the request again')
}
