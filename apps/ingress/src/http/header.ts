import type { FastifyRequest } from 'fastify'

/**
 * A header's value. Node keeps the first of two `Authorization` headers and drops the other, so that what stands in
 * front of the ingress may have checked the one that it does not see; here two come out as a list, which is like no
 * credential.
 */
export function header(request: FastifyRequest, name: string): string | undefined {
  return request.raw.headersDistinct[name]?.join(', ')
}
