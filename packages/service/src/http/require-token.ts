import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/

/**
 * Creates a hook that asks for the admin port's Bearer token. Without a token everybody may ask, or with `orLoopback` only
 * processes of this machine.
 *
 * @param token ADMIN_TOKEN
 */
export const requireToken =
  (token: string | undefined, { orLoopback = false } = {}) =>
  async (request: FastifyRequest, reply: FastifyReply) => {
    if (token === undefined) {
      if (!orLoopback || LOOPBACK.test(request.ip)) return
      const message = 'calls are told only to this machine; set ADMIN_TOKEN and send it as a Bearer token'
      return reply.code(403).send({ error: { code: 'no_admin_token', message } })
    }
    const [, given = ''] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? []
    if (isEqual(given, token)) return
    const message = 'send ADMIN_TOKEN as a Bearer token: Authorization: Bearer …'
    return reply
      .code(401)
      .header('www-authenticate', 'Bearer')
      .send({ error: { code: 'unauthorized', message } })
  }

/** Takes the same time whatever is wrong. */
const isEqual = (one: string, other: string) => timingSafeEqual(digest(one), digest(other))
const digest = (text: string) => createHash('sha256').update(text).digest()
