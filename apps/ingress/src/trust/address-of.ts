import type { FastifyRequest } from 'fastify'
import { networkOf } from './network-of.ts'

/**
 * Returns the address that a request counts for. With TRUST_PROXY it is the client's address that a trusted proxy named;
 * without it, the address of the socket. An IPv6 address counts by its network.
 */
export function addressOf(request: FastifyRequest): string {
  return networkOf(request.ip) ?? networkOf(request.socket.remoteAddress ?? '') ?? 'unknown'
}
