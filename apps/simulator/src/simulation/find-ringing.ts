import type { Handset } from '../phones/handset.ts'
import type { PhoneId } from '../phones/phone-state.ts'
import { isGroup } from './call-entry.ts'
import { findCall } from './close-call.ts'
import { handsetOf } from './handset-of.ts'
import { Refusal } from './refusal.ts'
import type { Scene } from './scene.ts'

/** The call, the phone that takes or declines it, and whose it is. In a group others may talk already. */
export function findRinging(scene: Scene, sessionId: string, wanted: PhoneId | undefined) {
  const known = scene.book.find(sessionId)
  const entry =
    known && isGroup(known)
      ? findCall(scene, sessionId, 'ringing', 'answered')
      : findCall(scene, sessionId, 'ringing')
  const handset = ringingPhone(scene, sessionId, wanted)
  const member = entry.members.find(({ person }) => person.uid === handset.uid)
  if (member) return { entry, handset, member }
  throw new Refusal(409, 'not_called', `${handset.name} rings for a call to somebody else`)
}

function ringingPhone(scene: Scene, sessionId: string, wanted: PhoneId | undefined): Handset {
  const rings = ({ id }: Handset) => scene.phones.shows(id, sessionId) === 'ringing'
  const handset = wanted ? [handsetOf(scene, wanted)].find(rings) : scene.handsets.find(rings)
  if (handset) return handset
  throw new Refusal(
    409,
    'phone_not_ringing',
    `${wanted ?? 'no phone'} ${wanted ? 'does not ring' : 'rings'} for this call`,
  )
}
