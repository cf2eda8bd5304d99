import type { FastifyInstance } from 'fastify'

/** Answers every error with `{error: {code, message}}`. The details of an internal error go only to the log. */
export function answerErrors(server: FastifyInstance): void {
  server.setErrorHandler<Error & { statusCode?: number; code?: string }>((error, request, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) {
      request.log.error({ err: error })
      return reply
        .code(status)
        .send({ error: { code: 'internal', message: 'the simulator failed; see its log' } })
    }
    const code = (error.code ?? 'invalid_request').toLowerCase()
    return reply.code(status).send({ error: { code, message: error.message } })
  })
  server.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send({ error: { code: 'not_found', message: `nothing at ${request.method} ${request.url}` } }),
  )
}
