import { callType } from '@ringer/payloads'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { WebhookAnswer } from '../cometchat.ts'
import { phoneIds } from '../phones/phone-state.ts'
import { callees } from '../simulation/create-caller.ts'
import type { Simulation } from '../simulation/create-simulation.ts'
import { parseRequest } from './parse-request.ts'

const order = z.object({
  to: z.enum(callees).default('bob'),
  callType,
  deliveries: z.int().min(1).max(10).default(1),
  concurrently: z.boolean().default(false),
})
const chosenPhone = z.object({ phone: z.enum(phoneIds).optional() })
const action = z.object({ sessionId: z.string().min(1).max(200) })

/**
 * What Alice and those whom she calls do. Every route answers with the ingress's answers to the webhooks it caused:
 * `{ sessionId, answers: [{ status, body, ms }] }`, `status` 0 where none came.
 */
export function callRoutes(app: FastifyInstance, { alice, recipient }: Simulation): void {
  app.post('/api/calls', async request => {
    const { sessionId, answers } = await alice.place(parseRequest(order, request.body))
    return { sessionId, answers: answers.map(visible) }
  })
  const actions = {
    cancel: alice.cancel,
    unanswered: alice.giveUp,
    end: recipient.leave,
    answer: recipient.answer,
    reject: recipient.reject,
  }
  for (const [name, act] of Object.entries(actions)) {
    app.post(`/api/calls/:sessionId/${name}`, async request => {
      const { sessionId } = parseRequest(action, request.params)
      const { phone } = parseRequest(chosenPhone, request.body)
      const answers = await act(sessionId, phone)
      return { sessionId, answers: answers.map(visible) }
    })
  }
}

const visible = ({ status, body, ms }: WebhookAnswer) => ({ status, body, ms })
