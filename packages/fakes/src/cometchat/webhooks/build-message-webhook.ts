import { conversationIdOf, type Person, type ReceiverType, type Source } from './call.ts'
import { entityOf, envelope, inSeconds, type Webhook } from './envelope.ts'

/** A message of a conversation. */
export interface Message {
  id: string
  from: Person
  /** The user or the group that it was sent to. */
  to: Person
  /** Default: `user`. */
  receiverType?: ReceiverType
  /** Epoch ms. */
  at: number
}

/** Builds a text message. */
export const buildTextMessage = (message: Message & { text: string }) =>
  build(message, 'message', 'text', { text: message.text, entities: entitiesOf(message) })

/**
 * Builds the message that CometChat's UI Kits send when somebody calls a group: a custom message that announces a
 * meeting. `entities: false` leaves out the descriptions of its sender and receiver; every delivery seen so far has them.
 */
export const buildMeetingMessage = ({
  sessionId,
  callType,
  entities = true,
  ...message
}: Message & { sessionId: string; callType: 'audio' | 'video'; entities?: boolean }) =>
  build(message, 'custom', 'meeting', {
    customData: { callType, sessionId },
    ...(entities && { entities: entitiesOf(message) }),
    resource: 'WEB-4_0_9-6f1c2d90-0b7e-4c55-9a53-1f0f3d3a8e11-1781024529811',
  })

/** Builds `message_sent` for a message. */
export const buildMessageSentWebhook = (source: Source, message: Record<string, unknown>): Webhook =>
  envelope(source, 'message_sent', { message })

/** Builds the legacy webhook for a message, where `data` is the message itself. Calls have no legacy trigger. */
export const buildLegacyMessageWebhook = (
  source: Source,
  trigger: 'before_message' | 'after_message',
  message: Record<string, unknown>,
): Webhook => envelope(source, trigger, message)

/** Builds the legacy webhook for a receipt. */
export const buildLegacyReceiptWebhook = (
  source: Source,
  { kind, message: { id, from, to, at } }: { kind: 'delivery' | 'read'; message: Message },
): Webhook =>
  envelope(source, `message_${kind}_receipt`, {
    messageId: id,
    receiptType: kind === 'read' ? 'read' : 'delivered',
    [kind === 'read' ? 'readAt' : 'deliveredAt']: inSeconds(at),
    messageSender: from.uid,
    receiptSender: to.uid,
    receiptReceiver: from.uid,
    receiverType: 'user',
  })

function build(message: Message, category: string, type: string, data: Record<string, unknown>) {
  const { id, from, to, receiverType = 'user', at } = message
  return {
    id,
    muid: `_${id}`,
    conversationId: conversationIdOf({ caller: from, callee: to, receiverType }),
    sender: from.uid,
    receiverType,
    receiver: to.uid,
    category,
    type,
    data,
    sentAt: inSeconds(at),
    updatedAt: inSeconds(at),
  }
}

const entitiesOf = ({ from, to, receiverType, at }: Message) => ({
  sender: entityOf(from, at),
  receiver: entityOf(to, at, receiverType),
})
