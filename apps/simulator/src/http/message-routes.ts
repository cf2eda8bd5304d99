import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { phoneIds } from '../phones/phone-state.ts'
import type { Messenger } from '../simulation/create-messenger.ts'
import { parseRequest } from './parse-request.ts'

const message = z.object({
  text: z.string().trim().min(1, 'is empty').max(1_000, 'is longer than 1,000 characters'),
})
const chosenPhone = z.object({ phone: z.enum(phoneIds) })
const chosen = z.object({ notification: z.int().min(1) })

/**
 * What Alice writes, and what becomes of it on a lock screen. A message is answered with the ingress's own answer,
 * `{ status, body, ms }`.
 */
export function messageRoutes(app: FastifyInstance, messenger: Messenger): void {
  app.post('/api/messages', async request => {
    const { text } = parseRequest(message, request.body)
    const { status, body, ms } = await messenger.write(text)
    return { status, body, ms }
  })
  app.post('/api/phones/:phone/dismiss', async request => {
    const { phone } = parseRequest(chosenPhone, request.params)
    const { notification } = parseRequest(chosen, request.body)
    messenger.dismiss(phone, notification)
    return { phone, notification }
  })
}
