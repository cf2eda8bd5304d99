import type { FastifyInstance } from 'fastify'

/** How long a browser remembers that it may ask, seconds. The longest that Chromium accepts. */
const REMEMBERED_S = 7_200

/**
 * Lets web pages of every origin call the routes under a path. Their credential is in the Authorization header, which a page has to
 * know: no cookie and no other credential of the browser counts here, so another origin gains nothing.
 * https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function allowOtherOrigins(server: FastifyInstance, path: string): void {
  server.addHook('onRequest', async (request, reply) => {
    if (!request.url.startsWith(path)) return
    reply.headers({
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'retry-after',
    })
  })
  server.options(`${path}*`, (_request, reply) =>
    reply
      .code(204)
      .headers({
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': 'authorization, content-type',
        'access-control-max-age': String(REMEMBERED_S),
      })
      .send(),
  )
}
