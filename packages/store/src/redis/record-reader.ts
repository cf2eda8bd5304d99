import { z } from 'zod'
import type { RedisClient } from './connect.ts'

/**
 * A record that cannot be read, because it is damaged or another version wrote it. `fields` names what is wrong, and is
 * empty if the record is of another type altogether. Holds no value of the record: that may be a token.
 */
export type UnreadableRecord = { fields: string[] } & RecordName

/** Names a record. A ring with a `deviceId` means this device's part in the ring. */
type RecordName =
  | { kind: 'device'; deviceId: string }
  | { kind: 'ring'; ringId: string; deviceId?: string }
  | { kind: 'call'; sessionId: string }

/** Parses a record, or reports that it cannot be read and returns undefined. */
export type ReadRecord = <Output>(
  schema: z.ZodType<Output>,
  stored: unknown,
  name: RecordName,
) => Output | undefined

/** Creates a reader that skips unreadable records, so that each costs itself and no other record. */
export function createRecordReader(onUnreadable: (record: UnreadableRecord) => void): ReadRecord {
  return (schema, stored, name) => {
    const { data, error } = schema.safeParse(stored)
    if (!error) return data
    const fields = error.issues.map(({ path }) => path.join('.')).filter(field => field !== '')
    onUnreadable({ ...name, fields })
    return undefined
  }
}

/** Reads a hash: empty if the key does not exist, null if it holds another type of value. */
export async function readHash(redis: RedisClient, key: string): Promise<Record<string, string> | null> {
  try {
    return await redis.hgetall(key)
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return null
    throw error
  }
}

/** Turns a hash that a script returned as a list of fields and values into an object. */
export const toHash = (list: readonly string[]): Record<string, string> => {
  const hash: Record<string, string> = {}
  for (let at = 0; at < list.length; at += 2) hash[list[at] ?? ''] = list[at + 1] ?? ''
  return hash
}

/** Whether a hash that was read does not exist. */
export const isAbsent = (hash: Record<string, string> | null) =>
  hash !== null && Object.keys(hash).length === 0

/** JSON in a string. */
export const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' })
    return z.NEVER
  }
})
