import { nameBasedUuid } from './name-based-uuid.ts'

/** A ring is one session's call to one recipient: the thing that may happen once. */
export function ringId(appId: string, sessionId: string, recipient: string): string {
  return nameBasedUuid(appId, sessionId, recipient)
}
