import { z } from 'zod'
import type { WebhookAnswer } from '../cometchat.ts'

const told = z.union([
  z.looseObject({ status: z.string(), reason: z.string().optional() }),
  z.looseObject({ error: z.looseObject({ message: z.string() }) }).transform(({ error }) => ({
    status: error.message,
    reason: undefined,
  })),
  z.string().transform(text => ({ status: text.slice(0, 200), reason: undefined })),
])

/** The ingress's answer in its own words: `200 queued, 3 ms`. */
export function describeAnswer({ status, body, ms }: WebhookAnswer): string {
  const said = told.safeParse(body)
  const words = said.success ? [said.data.status, said.data.reason].filter(Boolean).join(', ') : ''
  return [[status || '', words].join(' ').trim(), `${Math.round(ms)} ms`].join(', ')
}

/** The `status` member of a 200: `queued`, `duplicate` or `ignored`. */
export function answerStatus({ status, body }: WebhookAnswer): string | undefined {
  const read = z.looseObject({ status: z.string() }).safeParse(body)
  return status === 200 && read.success ? read.data.status : undefined
}
