import type { ReceivedPush } from '@ringer/fakes'
import type { Handset } from '../phones/handset.ts'
import type { ShownCall } from '../phones/handset-state.ts'
import type { CallEntry } from '../scene/call-entry.ts'
import { chessClub } from '../scene/people.ts'
import type { Scene } from '../scene/scene.ts'

/**
 * Opens a call that was not placed on this page but rings its phones, for example because a webhook was sent by hand. It
 * can be answered here like any other.
 */
export function adoptCall(
  scene: Scene,
  handset: Handset,
  { data }: ReceivedPush,
  incoming: ShownCall,
): CallEntry {
  const { sessionId, callType, callerUid, callerName, groupName } = incoming
  const owner = chessClub.members.find(({ uid }) => uid === handset.uid)
  const call = {
    ...{ appId: scene.appId, region: 'us', webhookId: 'ringersimulator', sessionId, callType },
    caller: { uid: callerUid, name: callerName },
    initiatedAt: scene.clock(),
  }
  if (groupName === undefined) {
    const callee = owner ?? { uid: handset.uid, name: handset.uid }
    return scene.book.open({ ...call, callee }, false)
  }
  const callee = { uid: String(data.receiver), name: groupName }
  return scene.book.open({ ...call, callee, receiverType: 'group' }, false)
}
