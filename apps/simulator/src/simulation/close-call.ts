import type { Handset } from '../phones/handset.ts'
import type { CallEntry, CallPhase } from './call-entry.ts'
import { sourceOf } from './handset-of.ts'
import { Refusal } from './refusal.ts'
import type { Scene } from './scene.ts'

type Ended = Exclude<CallPhase, 'ringing' | 'answered'>

/** The call, if it is in the phase that an action needs. */
export function findCall(scene: Scene, sessionId: string, ...phases: ('ringing' | 'answered')[]): CallEntry {
  const entry = scene.book.find(sessionId)
  if (!entry) throw new Refusal(404, 'unknown_call', `there is no call ${sessionId} here`)
  if (phases.every(phase => phase !== entry.phase)) {
    const wanted = phases[0] ?? 'ringing'
    throw new Refusal(
      409,
      `call_not_${wanted}`,
      `the call is ${entry.phase}, this needs one that is ${wanted}`,
    )
  }
  return entry
}

/**
 * Ends the call here. An iPhone hears of it over CometChat's own connection, since a VoIP push may do nothing but ring;
 * a ringing Android phone waits for Ringer's data message. Phones that talk hear the line drop.
 */
export function closeCall(scene: Scene, entry: CallEntry, phase: Ended): void {
  entry.phase = phase
  entry.endedAt = scene.clock()
  quieten(scene, entry, scene.handsets, phase)
  scene.changed()
}

/** The same for some phones only: one member of a group is out of the call, the others are not. */
export function quieten(
  scene: Scene,
  { call }: CallEntry,
  handsets: readonly Handset[],
  reason: Ended | 'ongoing',
): void {
  for (const handset of handsets) {
    const talks = scene.phones.state(handset.id).status === 'connected'
    if (handset.platform === 'android' && !talks) continue
    const stopped = scene.phones.stop(handset.id, call.sessionId, reason, 'connection')
    if (!stopped || talks) continue
    const why = reason === 'ongoing' ? 'answered on another phone' : reason
    scene.log.add(sourceOf(handset), `stops: ${why}, heard over CometChat’s own connection`)
  }
}
