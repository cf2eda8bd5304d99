import type { ConfigGroup } from './config-group.ts'
import { integer } from './fields.ts'

const HOUR_MS = 3_600_000
const LONGEST_HOURS = 30 * 24

const fields = {
  RINGER_CALL_RECORD_HOURS: integer(1, LONGEST_HOURS).meta({
    description:
      'how many hours `GET /calls/:sessionId` knows a call, with the names of those who called and were called; 1 to 720. The same on both processes',
    default: '24',
  }),
}

/** How long the records of calls are kept, with the names in them. */
export const retentionGroup = {
  fields,
  build: values => ({ callRecordMs: (values.RINGER_CALL_RECORD_HOURS ?? 24) * HOUR_MS }),
} satisfies ConfigGroup<typeof fields, unknown>
