import type { Alert } from '../alert.ts'
import type { CallEvent, RingEvent } from '../call-event.ts'
import { nameBasedUuid } from '../identity/name-based-uuid.ts'

/** What pushes carry (RINGER_PUSH_CONTENT): everything, or ids only. */
export type PushContent = 'full' | 'ids'

/** The title of every message. It says nothing about the message; an app may replace it before it is shown. */
const TITLE = 'New message'

/** The keys of a message's `data` that identify or count something. */
const ID_KEYS: ReadonlySet<string> = new Set(
  'type sender receiver receiverType conversationId tag sentAt unreadMessageCount'.split(' '),
)

/**
 * Removes the names, pictures and texts from an event, so that none of them is stored or pushed. Uids, ids, the type of the
 * call and times remain: a phone can ring with them, and can ask CometChat for everything else.
 */
export function withoutContent(event: CallEvent): CallEvent {
  switch (event.kind) {
    case 'ring':
    case 'group':
      return { ...event, ...onlyIds(event) }
    case 'chat':
      return {
        ...event,
        notification: anonymous(event.notification),
        // Messages without an id, and the reactions to one message, differ in their content only.
        notificationId: nameBasedUuid('notification', JSON.stringify(event.notification)),
      }
    case 'end':
    case 'answer':
      return event
  }
}

const onlyIds = ({ caller, receiver }: Pick<RingEvent, 'caller' | 'receiver'>) => ({
  caller: { uid: caller.uid },
  receiver: { uid: receiver.uid, type: receiver.type },
  title: undefined,
  body: undefined,
})

function anonymous({ badge, thread, collapse, data }: Alert): Alert {
  const ids = Object.entries(data).filter(([key]) => ID_KEYS.has(key))
  return { title: TITLE, body: '', badge, thread, collapse, data: Object.fromEntries(ids) }
}
