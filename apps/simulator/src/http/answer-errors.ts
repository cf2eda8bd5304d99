import type { FastifyInstance } from 'fastify'

/** Every error leaves as `{error: {code, message}}`; what is our own fault is logged and not explained. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler<Error & { statusCode?: number; code?: string }>((error, request, reply) => {
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
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send({ error: { code: 'not_found', message: `nothing at ${request.method} ${request.url}` } }),
  )
}
