import type { z } from 'zod'
import type { Party } from '../call-event.ts'
import { type entity, text } from './fields.ts'

/**
 * What is said of a user or a group: by the first of the embedded entities that really is this one, for `by` and `for` turn
 * with the action. A group's picture is called its icon.
 */
export function describe(id: string, ...candidates: z.infer<typeof entity>[]): Party {
  const found = candidates.find(candidate => (candidate?.entity.uid ?? candidate?.entity.guid) === id)?.entity
  return { uid: id, name: text.parse(found?.name), avatar: text.parse(found?.avatar ?? found?.icon) }
}
