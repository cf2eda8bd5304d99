import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { Refusal } from '../refusal.ts'
import type { Log } from '../scene/create-log.ts'
import { toCurl } from '../scene/exchange.ts'
import { parseRequest } from './parse-request.ts'

const chosenLine = z.object({ id: z.coerce.number().int().min(1) })

/**
 * Routes for what is behind a line of the log. `GET` answers with `{ request: { url, headers, body }, answer: { status, body } |
 * null, curl }`; `replay` sends the request again, and answers when it has been answered.
 */
export function wireRoutes(server: FastifyInstance, log: Pick<Log, 'exchange'>): void {
  const find = (params: unknown) => {
    const { id } = parseRequest(chosenLine, params)
    const exchange = log.exchange(id)
    if (exchange) return { id, exchange }
    throw new Refusal(404, 'unknown_line', `line ${id} is not in the log any more, or has no request`)
  }
  server.get('/api/wires/:id', async request => {
    const { exchange } = find(request.params)
    return { request: exchange.request, answer: exchange.answer, curl: toCurl(exchange.request) }
  })
  server.post('/api/wires/:id/replay', async request => {
    const { id, exchange } = find(request.params)
    await exchange.replay()
    return { id }
  })
}
