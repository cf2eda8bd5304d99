import type { WebhookAnswer } from '@ringer/fakes/cometchat'
import { callType } from '@ringer/payloads'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { CALLEES } from '../people/create-caller.ts'
import { phoneIds } from '../phones/handset-state.ts'
import type { Simulation } from '../simulation/create-simulation.ts'
import { parseRequest } from './parse-request.ts'

const order = z.object({
  to: z.enum(CALLEES).default('bob'),
  callType,
  deliveries: z.int().min(1).max(10).default(1),
  concurrently: z.boolean().default(false),
})
const chosenPhone = z.object({ phone: z.enum(phoneIds).optional() })
const action = z.object({ sessionId: z.string().min(1).max(200) })

/**
 * Routes for what Alice and the people she calls do. Each answers with the ingress's answers to the webhooks that it
 * caused: `{ sessionId, answers: [{ status, body, ms }] }`. `status` is 0 if the ingress did not answer.
 */
export function callRoutes(server: FastifyInstance, { alice, recipient }: Simulation): void {
  server.post('/api/calls', async request => {
    const { sessionId, answers } = await alice.place(parseRequest(order, request.body))
    return { sessionId, answers: answers.map(answerBody) }
  })
  const actions = {
    cancel: alice.cancel,
    unanswered: alice.giveUp,
    end: recipient.leave,
    answer: recipient.answer,
    reject: recipient.reject,
  }
  for (const [name, act] of Object.entries(actions)) {
    server.post(`/api/calls/:sessionId/${name}`, async request => {
      const { sessionId } = parseRequest(action, request.params)
      const { phone } = parseRequest(chosenPhone, request.body)
      const answers = await act(sessionId, phone)
      return { sessionId, answers: answers.map(answerBody) }
    })
  }
}

const answerBody = ({ status, body, ms }: WebhookAnswer) => ({ status, body, ms })
