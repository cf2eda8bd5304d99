import type { z } from 'zod'
import { Refusal } from '../simulation/refusal.ts'

/** Reads a body or parameters, or refuses with 400, naming every offending field. */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const read = schema.safeParse(value ?? {})
  if (read.success) return read.data
  const faults = read.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`)
  throw new Refusal(400, 'invalid_request', faults.join('; '))
}
