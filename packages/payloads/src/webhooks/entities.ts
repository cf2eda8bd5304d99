import { z } from 'zod'
import type { Party } from '../call-event.ts'
import { text, uid } from './fields.ts'

/** A named user or group as CometChat embeds it in a message's entities. */
export const entity = z
  .object({
    entity: z.object({ uid: uid.optional(), guid: uid.optional(), name: text, avatar: text, icon: text }),
  })
  .optional()

/**
 * Describes a user or a group with the first embedded entity that has its id. The id must be compared,
 * because the roles of `by` and `for` depend on the action. CometChat calls a group's picture its icon.
 */
export function describeParty(id: string, ...candidates: z.infer<typeof entity>[]): Party {
  const found = candidates.find(candidate => (candidate?.entity.uid ?? candidate?.entity.guid) === id)?.entity
  return { uid: id, name: found?.name, avatar: found?.avatar ?? found?.icon }
}
