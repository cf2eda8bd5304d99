import { phoneIds } from '../phones/phone-state.ts'
import type { CallEntry, CallPhase } from './call-entry.ts'
import { Refusal } from './refusal.ts'
import type { Scene } from './scene.ts'

/** The call, if it is in the phase that an action needs. */
export function findCall(scene: Scene, sessionId: string, phase: 'ringing' | 'answered'): CallEntry {
  const entry = scene.book.find(sessionId)
  if (!entry) throw new Refusal(404, 'unknown_call', `there is no call ${sessionId} here`)
  if (entry.phase !== phase) {
    throw new Refusal(409, `call_not_${phase}`, `the call is ${entry.phase}, this needs one that is ${phase}`)
  }
  return entry
}

/**
 * Ends the call here. An iPhone hears of it over CometChat's own connection, since a VoIP push may do nothing but ring;
 * a ringing Android phone waits for Ringer's data message. Phones that talk hear the line drop.
 */
export function closeCall(
  scene: Scene,
  entry: CallEntry,
  phase: Exclude<CallPhase, 'ringing' | 'answered'>,
): void {
  entry.phase = phase
  entry.endedAt = scene.clock()
  for (const phone of phoneIds) {
    const talks = scene.phones.state(phone).status === 'connected'
    if (phone === 'android' && !talks) continue
    const stopped = scene.phones.stop(phone, entry.call.sessionId, phase, 'connection')
    if (stopped && phone === 'iphone' && !talks) {
      scene.log.add('iPhone', `stops: ${phase}, heard over CometChat’s own connection`)
    }
  }
  scene.changed()
}
