import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Messenger } from '../people/create-messenger.ts'
import { phoneIds } from '../phones/handset-state.ts'
import { parseRequest } from './parse-request.ts'

const message = z.object({
  text: z.string().trim().min(1, 'is empty').max(1_000, 'is longer than 1,000 characters'),
})
const chosenPhone = z.object({ phone: z.enum(phoneIds) })
const chosenNotification = z.object({ notification: z.int().min(1) })

/**
 * Routes for Alice's messages and their notifications. Sending a message answers with the ingress's own answer,
 * `{ status, body, ms }`.
 */
export function messageRoutes(server: FastifyInstance, messenger: Messenger): void {
  server.post('/api/messages', async request => {
    const { text } = parseRequest(message, request.body)
    const { status, body, ms } = await messenger.write(text)
    return { status, body, ms }
  })
  server.post('/api/phones/:phone/dismiss', async request => {
    const { phone } = parseRequest(chosenPhone, request.params)
    const { notification } = parseRequest(chosenNotification, request.body)
    messenger.dismiss(phone, notification)
    return { phone, notification }
  })
}
