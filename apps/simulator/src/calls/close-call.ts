import type { Handset } from '../phones/handset.ts'
import type { CallEntry, EndPhase } from '../scene/call-entry.ts'
import { sourceOf } from '../scene/create-log.ts'
import type { Scene } from '../scene/scene.ts'

/**
 * Ends the call on this page. No push tells an iPhone of it, since every VoIP push must ring: it learns of it at its state URL, or,
 * if its push had none, over CometChat's own connection. A ringing Android phone or browser waits for Ringer's push. Phones in the call
 * notice that the connection is gone.
 */
export function closeCall(scene: Scene, entry: CallEntry, phase: EndPhase): void {
  entry.phase = phase
  entry.endedAt = scene.clock()
  stopPhones(scene, entry, scene.handsets, phase)
  scene.changed()
}

/** Does the same for some phones only: one member of a group leaves the call while the others stay in it. */
export function stopPhones(
  scene: Scene,
  { call }: CallEntry,
  handsets: readonly Handset[],
  reason: EndPhase | 'ongoing',
): void {
  for (const handset of handsets) {
    const isConnected = scene.phones.state(handset.id).status === 'connected'
    const isTold = handset.platform !== 'ios' || scene.stateAsker.isInformed(handset.id, call.sessionId)
    if (isTold && !isConnected) continue
    const stopped = scene.phones.stop(handset.id, call.sessionId, reason, 'connection')
    if (!stopped || isConnected) continue
    const why = reason === 'ongoing' ? 'answered on another phone' : reason
    scene.log.add(sourceOf(handset), `stops, as CometChat’s own connection tells it to (${why})`)
  }
}
