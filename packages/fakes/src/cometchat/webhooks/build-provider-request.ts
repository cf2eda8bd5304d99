import { type Call, conversationIdOf, type Person, type ReceiverType, type Source } from './call.ts'
import { envelope, type Webhook } from './envelope.ts'

interface ProviderRequest {
  /** The user whose phones the request is for. */
  to: Person
  /** CometChat's id of the message that it is about. */
  messageId: string
  /** Epoch ms. */
  at: number
  /** Fields of the notification that replace the usual ones; undefined leaves one out. */
  details?: Record<string, unknown> | undefined
}

type ProviderSource = Pick<Source, 'appId' | 'region'>

/**
 * Builds the request in which CometChat's custom push provider tells one user of an action on a call: `initiated`,
 * `cancelled`, `unanswered`, `ongoing`, `rejected`, `ended` or `busy`. For a group, each member has a request.
 * https://www.cometchat.com/docs/notifications/custom-providers
 */
export function buildProviderCall({
  action,
  call,
  ...request
}: ProviderRequest & { action: string; call: Call }): Webhook {
  const { caller, callee, callType, sessionId, receiverType = 'user' } = call
  return build(call, request, {
    title: caller.name,
    body: `${callType.toUpperCase()} CALL`,
    ...sideOf('sender', caller),
    ...sideOf('receiver', callee),
    receiverType,
    tag: request.messageId,
    conversationId: conversationIdOf(call),
    type: 'call',
    callAction: action,
    sessionId,
    callType,
  })
}

export interface ProviderChat extends ProviderRequest, ProviderSource {
  from: Person
  /** The user or the group that the message was sent to. Default: `to`. */
  receiver?: Person | undefined
  /** Default: `user`. */
  receiverType?: ReceiverType | undefined
  /** Default: the sender's name. */
  title?: string | undefined
  text: string
}

/** Builds the notification of a message or of a reaction to one, for one user. */
export function buildProviderChat(chat: ProviderChat): Webhook {
  const { from, receiver = chat.to, receiverType = 'user' } = chat
  return build(chat, chat, {
    title: chat.title ?? from.name,
    body: chat.text,
    ...sideOf('sender', from),
    ...sideOf('receiver', receiver),
    receiverType,
    tag: chat.messageId,
    conversationId: conversationIdOf({ caller: from, callee: receiver, receiverType }),
    type: 'chat',
  })
}

/**
 * Builds the notification of a change in a group, for one user. It is tagged with the guid, so that a later change
 * replaces it, and has no picture of the group.
 */
export function buildProviderGroupAction({
  by,
  group: { uid, name },
  ...request
}: ProviderSource &
  Omit<ProviderRequest, 'messageId'> & { by: Person; group: Person; text: string }): Webhook {
  const receiver = { uid, ...(name !== undefined && { name }) }
  return buildProviderChat({
    ...request,
    from: by,
    receiver,
    receiverType: 'group',
    title: name,
    messageId: uid,
  })
}

const sideOf = (side: 'sender' | 'receiver', { uid, name, avatar }: Person) => ({
  [side]: uid,
  [`${side}Name`]: name,
  [`${side}Avatar`]: avatar,
})

/** All values but the unread count and JSON objects are strings; `sentAt` counts milliseconds. */
function build(
  source: ProviderSource,
  { to, at, details }: ProviderRequest,
  notification: Record<string, unknown>,
): Webhook {
  const notificationDetails = { ...notification, sentAt: String(at), ...details }
  return envelope({ ...source, webhookId: 'custom' }, 'push-notification-payload-generated', {
    to: { uid: to.uid },
    notificationDetails: withoutUndefined(notificationDetails),
  })
}

/** JSON has no undefined: what arrives lacks these keys. */
const withoutUndefined = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
