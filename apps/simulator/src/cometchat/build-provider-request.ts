import type { EndAction } from '@ringer/payloads'
import type { Call, Person } from './call.ts'
import { conversationOf } from './conversation-of.ts'

const request = (from: { appId: string; region: string }, to: Person, notificationDetails: object) => ({
  trigger: 'push-notification-payload-generated',
  data: { to: { uid: to.uid }, notificationDetails },
  appId: from.appId,
  region: from.region,
  webhook: 'custom',
})

/**
 * What CometChat's custom push provider sends for one message to one user: times in milliseconds, as a string.
 * https://www.cometchat.com/docs/notifications/custom-providers
 */
export function buildProviderChat(message: {
  appId: string
  region: string
  messageId: string
  from: Person
  to: Person
  text: string
  /** How many messages of everybody's the receiver has not read. */
  unread: number
  /** Epoch ms. */
  at: number
}) {
  const { from, to } = message
  return request(message, to, {
    title: from.name,
    body: message.text,
    sender: from.uid,
    senderName: from.name,
    receiver: to.uid,
    receiverName: to.name,
    receiverType: 'user',
    tag: message.messageId,
    conversationId: `${from.uid}_user_${to.uid}`,
    type: 'chat',
    sentAt: String(message.at),
    unreadMessageCount: message.unread,
  })
}

/** The same of what became of a call: for a group, each member has a request of their own. */
export function buildProviderCall(event: {
  call: Call
  to: Person
  action: EndAction
  messageId: string
  at: number
}) {
  const { call, to } = event
  return request(call, to, {
    title: call.caller.name,
    body: `${call.callType.toUpperCase()} CALL`,
    sender: call.caller.uid,
    senderName: call.caller.name,
    receiver: call.recipient.uid,
    receiverName: call.recipient.name,
    receiverType: call.receiverType ?? 'user',
    tag: event.messageId,
    conversationId: conversationOf(call),
    type: 'call',
    callAction: event.action,
    sessionId: call.sessionId,
    callType: call.callType,
    sentAt: String(event.at),
  })
}
