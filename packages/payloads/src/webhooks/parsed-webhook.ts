import type { z } from 'zod'
import type { CallEvent } from '../call-event.ts'

/** One thing wrong with a webhook: where, in the sender's own names, and what. */
export interface Fault {
  path: string
  message: string
}

/** What a webhook comes down to. Only `event` is stored. */
export type ParsedWebhook =
  | { status: 'event'; event: CallEvent }
  | { status: 'ignored'; reason: string }
  | { status: 'invalid'; faults: Fault[] }

export const ignored = (reason: string): ParsedWebhook => ({ status: 'ignored', reason })

export const invalid = (path: string, message: string): ParsedWebhook => ({
  status: 'invalid',
  faults: [{ path, message }],
})

/** Names every offending field by its full path in the webhook. */
export function invalidBy(error: z.ZodError, at: string[] = []): ParsedWebhook {
  const faults = error.issues.map(issue => ({
    path: [...at, ...issue.path.map(String)].join('.') || '(body)',
    message: issue.message,
  }))
  return { status: 'invalid', faults }
}
