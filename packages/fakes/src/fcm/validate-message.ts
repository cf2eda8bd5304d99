import type { Answer } from '../wire/judge-push.ts'
import { parseJsonObject } from '../wire/parse-json-object.ts'
import { sendRequestSchema } from './message-schema.ts'

/** What Google would say against this body: 400 INVALID_ARGUMENT naming the first fault; null for a good one. */
export function validateMessage(body: Buffer): Answer | null {
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

function invalid(message: string): Answer {
  return { status: 400, reason: 'INVALID_ARGUMENT', message }
}
