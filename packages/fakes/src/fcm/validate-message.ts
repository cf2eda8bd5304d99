import type { FakeAnswer } from '../wire/judge-push.ts'
import { parseJsonObject } from '../wire/read-request.ts'
import { sendRequestSchema } from './message-schema.ts'

/** Google's refusal of this body, or null if it is valid: 400 INVALID_ARGUMENT, which names the first error. */
export function validateMessage(body: Buffer): FakeAnswer | null {
  const json = parseJsonObject(body)
  if (!json) return invalid('Invalid JSON payload received')
  const result = sendRequestSchema.safeParse(json)
  if (result.success) return null
  const [issue] = result.error.issues
  if (!issue) return invalid('Invalid request')
  if (issue.code === 'unrecognized_keys') {
    const at = issue.path.length > 0 ? ` at '${issue.path.join('.')}'` : ''
    return invalid(`Invalid JSON payload received. Unknown name "${issue.keys[0]}"${at}: Cannot find field.`)
  }
  return invalid(`Invalid value at '${issue.path.join('.')}': ${issue.message}`)
}

function invalid(message: string): FakeAnswer {
  return { status: 400, reason: 'INVALID_ARGUMENT', message }
}

/** The token or FID and the data of a send request, even if it is invalid; null and {} if they are missing. */
export function messageIn(body: Readonly<Record<string, unknown>>): {
  token: string | null
  data: Readonly<Record<string, unknown>>
} {
  const message = objectAt(body, 'message')
  const { token, fid } = message
  const target = typeof token === 'string' ? token : typeof fid === 'string' ? fid : null
  return { token: target, data: objectAt(message, 'data') }
}

function objectAt(container: Readonly<Record<string, unknown>>, key: string): Record<string, unknown> {
  const value = container[key]
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
