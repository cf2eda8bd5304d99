import type { FastifyInstance, FastifyRequest } from 'fastify'
import { announcesBody } from './announces-body.ts'
import { errorBody } from './error-answers.ts'

/**
 * Adds what happens to every request before its body is read:
 *
 * - A request for an unknown route is refused.
 * - A content type that a proxy or a client has damaged is corrected.
 * - A client that is answered before its body has arrived is disconnected. Otherwise half a body, or one that never ends,
 *   would hold a connection and memory.
 */
export function watchHeaders(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    if (request.is404) return reply.code(404).send(errorBody('not_found', noSuchRoute))
    mendContentType(request)
  })
  server.addHook('onSend', async (request, reply) => {
    if (announcesBody(request) && !request.raw.complete) reply.header('connection', 'close')
  })
}

const noSuchRoute =
  'no such route; send webhooks to POST /webhooks/cometchat, and register phones at POST /api/push/register'

/** A blank content type counts as absent, and `application/json, application/json` as JSON. Fastify answers both with 415. */
function mendContentType({ headers }: FastifyRequest): void {
  const given = headers['content-type']
  if (given === undefined) return
  const types = given.split(',').map(type => type.trim())
  if (types.every(type => type === '')) delete headers['content-type']
  else if (types.length > 1 && types.every(type => /^application\/json$/i.test(type)))
    headers['content-type'] = 'application/json'
}
