import type { z } from 'zod'
import { Refusal } from '../refusal.ts'

/** Parses a body or parameters. Throws a Refusal with status 400 that names every invalid field. */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const read = schema.safeParse(value ?? {})
  if (read.success) return read.data
  const faults = read.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`)
  throw new Refusal(400, 'invalid_request', faults.join('; '))
}
