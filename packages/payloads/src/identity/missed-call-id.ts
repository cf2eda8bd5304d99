import { nameBasedUuid } from './name-based-uuid.ts'

/** The id of the notification of a missed call: a ring is missed once, however many events say that it ended. */
export function missedCallId(ringId: string): string {
  return nameBasedUuid('missed call', ringId)
}
