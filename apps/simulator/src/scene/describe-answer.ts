import type { WebhookAnswer } from '@ringer/fakes/cometchat'
import { z } from 'zod'

const answerBody = z.union([
  z.looseObject({ status: z.string(), reason: z.string().optional() }),
  z.looseObject({ error: z.looseObject({ message: z.string() }) }).transform(({ error }) => ({
    status: error.message,
    reason: undefined,
  })),
  z.string().transform(text => ({ status: text.slice(0, 200), reason: undefined })),
])

/** Describes the ingress's answer in its own words, such as `200 queued, 3 ms`. */
export function describeAnswer({ status, body, ms }: WebhookAnswer): string {
  const read = answerBody.safeParse(body)
  const words = read.success ? [read.data.status, read.data.reason].filter(Boolean).join(', ') : ''
  return [[status || '', words].join(' ').trim(), `${Math.round(ms)} ms`].join(', ')
}

/** The `status` member of a 200: `queued`, `duplicate` or `ignored`. */
export function answerStatus({ status, body }: WebhookAnswer): string | undefined {
  const read = z.looseObject({ status: z.string() }).safeParse(body)
  return status === 200 && read.success ? read.data.status : undefined
}
