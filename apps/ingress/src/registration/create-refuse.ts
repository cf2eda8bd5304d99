import type { FastifyReply, FastifyRequest } from 'fastify'
import { errorBody } from '../http/error-answers.ts'
import type { IngressMetrics } from '../metrics.ts'
import type { Gate } from '../trust/create-gate.ts'
import { type RequestRefusal, tooManyFailures } from './refusal.ts'

/** Answers a request with a refusal, counts it and logs it. */
export type Refuse = (request: FastifyRequest, reply: FastifyReply, refusal: RequestRefusal) => FastifyReply

/** Creates the function that answers refused requests of the registration routes. */
export function createRefuse({ metrics, gate }: { metrics: IngressMetrics; gate: Gate }): Refuse {
  function answer(
    reply: FastifyReply,
    { status, code, message, reason = message, retryAfterMs, why }: RequestRefusal,
  ) {
    metrics.registrations.inc({ answer: code })
    // The gate logs those with a `why`, so that a flood of them cannot fill the log.
    if (!why) reply.log[status === 503 ? 'warn' : 'info']({ status, answer: code, reason }, 'registration')
    if (status === 401) reply.header('www-authenticate', 'Bearer realm="ringer"')
    if (retryAfterMs !== undefined) reply.header('retry-after', Math.max(1, Math.ceil(retryAfterMs / 1_000)))
    return reply.code(status).send(errorBody(code, message))
  }

  return (request, reply, refusal) => {
    const { status, message, reason: detail = message } = refusal
    if (status === 401) {
      const why = refusal.why ?? (isBlank(request) ? 'no_credentials' : 'malformed_credentials')
      const waitMs = gate.failed(request, { route: 'registration', reason: why, status, detail })
      return answer(reply, { ...(waitMs > 0 ? tooManyFailures(waitMs) : refusal), why })
    }
    if (refusal.why) gate.refused(request, { route: 'registration', reason: refusal.why, status, detail })
    return answer(reply, refusal)
  }
}

const isBlank = ({ headers }: FastifyRequest) => !headers.authorization?.trim()
