import type { FastifyInstance } from 'fastify'

/**
 * Warns once if requests come through a proxy and TRUST_PROXY does not say so: all of them seem to come from the proxy's
 * address then, and share what one address may do.
 */
export function warnAboutProxies(server: FastifyInstance, trustProxy: number | string | undefined): void {
  if (trustProxy !== undefined) return
  let isSaid = false
  server.addHook('onRequest', async request => {
    if (isSaid || request.headers['x-forwarded-for'] === undefined) return
    isSaid = true
    request.log.warn(
      'a request has the header X-Forwarded-For, but TRUST_PROXY is not set: if there is a proxy in front of the ingress, all requests count for its address',
    )
  })
}
