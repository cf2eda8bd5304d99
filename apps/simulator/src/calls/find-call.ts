import type { Handset } from '../phones/handset.ts'
import type { PhoneId } from '../phones/handset-state.ts'
import { Refusal } from '../refusal.ts'
import { type CallEntry, isGroup, type LivePhase } from '../scene/call-entry.ts'
import { handsetOf, type Scene } from '../scene/scene.ts'

/** Finds a call that is in one of these phases. If there is none, throws a Refusal. */
export function findCall(scene: Scene, sessionId: string, ...phases: LivePhase[]): CallEntry {
  const entry = scene.book.find(sessionId)
  if (!entry) throw new Refusal(404, 'unknown_call', `there is no call ${sessionId}`)
  if (phases.every(phase => phase !== entry.phase)) {
    const wanted = phases[0] ?? 'ringing'
    const message = `the call is ${entry.phase}; this needs a call that is ${wanted}`
    throw new Refusal(409, `call_not_${wanted}`, message)
  }
  return entry
}

/**
 * Finds the call, the phone that answers or declines it, and the member whose phone it is. In a group call other members
 * may have answered already.
 */
export function findRinging(scene: Scene, sessionId: string, wanted: PhoneId | undefined) {
  const known = scene.book.find(sessionId)
  const entry =
    known && isGroup(known)
      ? findCall(scene, sessionId, 'ringing', 'answered')
      : findCall(scene, sessionId, 'ringing')
  const handset = findRingingPhone(scene, sessionId, wanted)
  const member = entry.members.find(({ person }) => person.uid === handset.uid)
  if (member) return { entry, handset, member }
  throw new Refusal(409, 'not_called', `${handset.name} rings for a call to another person`)
}

function findRingingPhone(scene: Scene, sessionId: string, wanted: PhoneId | undefined): Handset {
  const rings = ({ id }: Handset) => scene.phones.shows(id, sessionId) === 'ringing'
  const handset = wanted ? [handsetOf(scene, wanted)].find(rings) : scene.handsets.find(rings)
  if (handset) return handset
  const subject = wanted ? `${wanted} does not ring` : 'no phone rings'
  throw new Refusal(409, 'phone_not_ringing', `${subject} for this call`)
}
