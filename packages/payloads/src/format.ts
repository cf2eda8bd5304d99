import { z } from 'zod'

/**
 * The version of what Ringer stores in Redis: jobs, devices and the records of rings. A new field that older versions may ignore
 * needs no new one. Raise it when a stored thing changes its meaning, write it into the field `format` of that thing, and teach
 * every reader the old and the new one: during an upgrade both are there (docs/upgrades.md). What has no `format` is of version 1, so
 * version 1 costs no room.
 */
export const FORMAT = 1

/** The field `format` of what is stored. A newer one is refused instead of being misread. */
export const storedFormat = z.coerce.number().max(FORMAT, 'a newer version of Ringer stored it').optional()

/** Reads the format of something stored, whatever else it holds. Every job is asked for it, so this costs no schema. */
export function formatOf(stored: unknown): number {
  const { format = 1 } = Object(stored) as { format?: unknown }
  return Number(format) || 1
}
