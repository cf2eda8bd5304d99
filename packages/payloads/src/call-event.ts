import { z } from 'zod'

/**
 * What became of a ringing call, in CometChat's words (`data.call.data.action`, `notificationDetails.callAction`).
 * `ongoing` is not here: it is an answer, not an end.
 */
export const endActions = ['cancelled', 'unanswered', 'rejected', 'ended', 'busy'] as const
export const endAction = z.enum(endActions)
export type EndAction = z.infer<typeof endAction>

export const callType = z.enum(['audio', 'video'])
export type CallType = z.infer<typeof callType>

const party = z.object({
  uid: z.string(),
  name: z.string().optional(),
  avatar: z.string().optional(),
})
export type Party = z.infer<typeof party>

/** The other side of a conversation: a user, or a group of which the recipient is a member. */
const receiver = party.extend({ type: z.enum(['user', 'group']) })
export type Receiver = z.infer<typeof receiver>

/** One recipient's phones shall ring. Every instant in an event is in epoch milliseconds. */
export const ringEvent = z.object({
  kind: z.literal('ring'),
  sessionId: z.string(),
  /** Whose phones ring: the receiver, or one member of a receiving group. */
  recipient: z.string(),
  caller: party,
  receiver,
  callType,
  conversationId: z.string(),
  /** CometChat's message id; apps use it as the id of the notification. */
  tag: z.string().optional(),
  title: z.string().optional(),
  body: z.string().optional(),
  /** When the caller pressed the button, by CometChat's clock. Absent in the dialects that do not say. */
  sentAt: z.number().optional(),
})
export type RingEvent = z.infer<typeof ringEvent>

/**
 * A call ended before or after it was answered. Some real deliveries name no session; then the conversation is all
 * there is to find the call by. With a recipient, only that member's ring of a group call ended.
 */
export const endEvent = z.object({
  kind: z.literal('end'),
  action: endAction,
  sessionId: z.string().optional(),
  conversationId: z.string().optional(),
  recipient: z.string().optional(),
  caller: z.string().optional(),
  callee: z.string().optional(),
  tag: z.string().optional(),
  sentAt: z.number().optional(),
})
export type EndEvent = z.infer<typeof endEvent>

/** Somebody joined the call: the recipient named, or, where nobody is named, the one person who was called. */
export const answerEvent = z.object({
  kind: z.literal('answer'),
  sessionId: z.string(),
  uid: z.string().optional(),
  sentAt: z.number().optional(),
})
export type AnswerEvent = z.infer<typeof answerEvent>

/** What every dialect of CometChat's webhooks is translated to, once, at the border. */
export const callEvent = z.discriminatedUnion('kind', [ringEvent, endEvent, answerEvent])
export type CallEvent = z.infer<typeof callEvent>
