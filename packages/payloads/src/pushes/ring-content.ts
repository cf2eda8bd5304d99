import type { RingEvent } from '../call-event.ts'
import { callUuid } from '../identity/call-uuid.ts'

/**
 * The keys that apps built on CometChat read from a call push, as strings.
 *
 * Existing apps disagree on names (`sender`, `senderUid`, `callerUid`, `callerId` and `handle` are all the
 * caller's uid), so the push has the keys of all of them. No value is null; an unknown picture is left out.
 */
export interface RingContent {
  callAction: 'initiated'
  sessionId: string
  uuid: string
  callUUID: string
  callType: 'audio' | 'video'
  sender: string
  senderUid: string
  callerUid: string
  callerId: string
  handle: string
  senderName: string
  callerName: string
  name: string
  senderAvatar?: string
  receiver: string
  receiverName: string
  receiverAvatar?: string
  receiverType: 'user' | 'group'
  conversationId: string
  title: string
  body: string
  tag: string
  /** Epoch ms, digits only: CometChat's Flutter model parses it as an integer. */
  sentAt: string
  /** Where the phone asks whether it still rings, and reports that it rang. Only in pushes about a call. */
  stateUrl?: string
}

/**
 * Builds the part of a call push that all providers have in common.
 *
 * @param event the call
 * @param receivedAt when its webhook arrived, epoch ms; used if the event has no time of its own
 * @param stateUrl the state URL of the ring on the device that gets the push, if there is one
 */
export function ringContent(event: RingEvent, receivedAt: number, stateUrl?: string): RingContent {
  const { caller, receiver, sessionId, callType } = event
  const uuid = callUuid(sessionId, event.announcedBy)
  const callerName = caller.name ?? caller.uid
  return {
    callAction: 'initiated',
    sessionId,
    uuid,
    callUUID: uuid,
    callType,
    sender: caller.uid,
    senderUid: caller.uid,
    callerUid: caller.uid,
    callerId: caller.uid,
    handle: caller.uid,
    senderName: callerName,
    callerName,
    name: callerName,
    ...(caller.avatar && { senderAvatar: caller.avatar }),
    receiver: receiver.uid,
    receiverName: receiver.name ?? receiver.uid,
    ...(receiver.avatar && { receiverAvatar: receiver.avatar }),
    receiverType: receiver.type,
    conversationId: event.conversationId,
    title: event.title ?? callerName,
    body: event.body ?? (callType === 'video' ? 'VIDEO CALL' : 'AUDIO CALL'),
    tag: event.tag ?? sessionId,
    sentAt: String(event.sentAt ?? receivedAt),
    ...(stateUrl !== undefined && { stateUrl }),
  }
}
