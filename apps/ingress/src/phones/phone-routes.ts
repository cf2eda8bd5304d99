import type { FastifyInstance, FastifyReply, RouteShorthandOptions } from 'fastify'
import { answerState } from './answer-state.ts'
import { createAnswers } from './create-answers.ts'
import { createDoorkeeper } from './create-doorkeeper.ts'
import { createStateStreams } from './create-state-streams.ts'
import type { PhoneDeps } from './phone-deps.ts'
import { takeReceipt } from './take-receipt.ts'

const BODY_LIMIT_BYTES = 2 * 1024

/**
 * Adds what a phone can do with the state URL in a push: `GET` asks whether it still rings, once or as a stream, and `POST` reports
 * what the phone did. The URL is the only credential, so it works before login and from a native service. No log line has it.
 */
export function addPhoneRoutes(server: FastifyInstance, deps: PhoneDeps): void {
  const { metrics } = deps
  const answers = createAnswers(deps)
  const { admit, capabilityOf } = createDoorkeeper(deps, answers)
  const streams = createStateStreams({ ...deps, onCount: count => metrics.stateStreams.set(count) })
  const watching = deps.watch({ onChange: streams.changed, onListening: () => void streams.readAll() })
  server.addHook('preClose', async () => {
    watching.close()
    streams.close()
  })

  const guarded: RouteShorthandOptions = {
    bodyLimit: BODY_LIMIT_BYTES,
    exposeHeadRoute: false,
    onRequest: async (request, reply) => admit(request, allowAll(reply)),
  }

  server.options('/r/:token', async (_request, reply) =>
    allowAll(reply)
      .header('access-control-allow-methods', 'GET, POST')
      .header('access-control-allow-headers', 'Content-Type')
      .header('access-control-max-age', '86400')
      .code(204)
      .send(),
  )
  server.get('/r/:token', guarded, async (request, reply) =>
    answerState(request, reply, capabilityOf(request), { ...deps, answers, streams }),
  )
  server.post('/r/:token', guarded, async (request, reply) =>
    takeReceipt(request, reply, capabilityOf(request), { ...deps, answers }),
  )
}

/** Web pages ask as well. Nothing is kept by a cache, and the URL is in no log. */
const allowAll = (reply: FastifyReply) =>
  reply
    .header('access-control-allow-origin', '*')
    .header('access-control-expose-headers', 'Retry-After')
    .header('cache-control', 'no-store')
