import type { ReceivedPush } from '@ringer/fakes'
import type { Handset } from '../phones/handset.ts'
import type { IncomingCall } from '../phones/phone-state.ts'
import type { CallEntry } from './call-entry.ts'
import { chessClub } from './people.ts'
import type { Scene } from './scene.ts'

/** A call that was not placed on this page: somebody sent the webhook by hand. Its phones can be answered all the same. */
export function adoptCall(
  scene: Scene,
  handset: Handset,
  { data }: ReceivedPush,
  rang: IncomingCall,
): CallEntry {
  const { sessionId, callType, callerUid, callerName, groupName } = rang
  const owner = chessClub.members.find(({ uid }) => uid === handset.uid)
  const call = {
    ...{ appId: scene.appId, region: 'us', webhookId: 'ringersimulator', sessionId, callType },
    caller: { uid: callerUid, name: callerName },
    initiatedAt: scene.clock(),
  }
  if (groupName === undefined) {
    const recipient = owner ?? { uid: handset.uid, name: handset.uid }
    return scene.book.open({ ...call, recipient }, false)
  }
  const recipient = { uid: String(data.receiver), name: groupName }
  return scene.book.open({ ...call, recipient, receiverType: 'group' }, false)
}
