import type { z } from 'zod'
import type { CallEvent } from '../call-event.ts'

/** One error in a webhook: the field's path in the sender's own names, and what is wrong with it. */
export interface WebhookFault {
  path: string
  message: string
}

/** The result of parsing a webhook. Only an `event` is stored. */
export type ParsedWebhook =
  | { status: 'event'; event: CallEvent }
  | { status: 'ignored'; reason: string }
  | { status: 'invalid'; faults: WebhookFault[] }

export const ignored = (reason: string): ParsedWebhook => ({ status: 'ignored', reason })

export const invalidWebhook = (path: string, message: string): ParsedWebhook => ({
  status: 'invalid',
  faults: [{ path, message }],
})

/** Names every field that is wrong with its full path in the webhook. */
export function invalidBy(error: z.ZodError, path: string[] = []): ParsedWebhook {
  const faults = error.issues.map(issue => ({
    path: [...path, ...issue.path.map(String)].join('.') || '(body)',
    message: issue.message,
  }))
  return { status: 'invalid', faults }
}
