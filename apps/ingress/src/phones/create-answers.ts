import type { FastifyReply } from 'fastify'
import { type ErrorBody, errorBody } from '../http/error-answers.ts'
import type { PhoneDeps } from './phone-deps.ts'
import type { ReadRing } from './read-phone-ring.ts'

/** Answers phones, and counts each answer by the code of its error. */
export interface Answers {
  send(reply: FastifyReply, status: number, body: ErrorBody | object): FastifyReply
  /** Answers that too much was asked for. */
  tooMany(reply: FastifyReply, waitMs: number, of: keyof typeof tooMany): FastifyReply
  /** Answers that the ring is over, or that it could not be read. */
  refuse(reply: FastifyReply, why: Extract<ReadRing, { ok: false }>): FastifyReply
}

export function createAnswers({ metrics }: Pick<PhoneDeps, 'metrics'>): Answers {
  function send(reply: FastifyReply, status: number, body: ErrorBody | object) {
    metrics.stateRequests.inc({ answer: 'error' in body ? (body as ErrorBody).error.code : 'state' })
    return reply.code(status).send(body)
  }
  return {
    send,
    tooMany: (reply, waitMs, of) =>
      send(reply.header('retry-after', Math.ceil(waitMs / 1_000)), 429, tooMany[of]),
    refuse(reply, { reason }) {
      if (reason === undefined) return send(reply, 410, gone)
      reply.log.warn({ status: 503, reason }, 'state')
      return send(reply.header('retry-after', 1), 503, unavailable)
    },
  }
}

const gone = errorBody('gone', 'this call is over')
const unavailable = errorBody('unavailable', 'this request could not be completed in time; try again')
const tooMany = {
  failures: errorBody(
    'too_many_requests',
    'too many wrong URLs were asked for from this address; try again later',
  ),
  url: errorBody('too_many_requests', 'this URL was asked for too often within a minute; try again later'),
  address: errorBody(
    'too_many_requests',
    'too many requests for URLs that are asked for often came from this address within a minute; try again later',
  ),
}
