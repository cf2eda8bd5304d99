import { z } from 'zod'
import { alert } from './alert.ts'

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
  /**
   * The message that announced a meeting. A group's meetings all have one session id, so the message is part of what
   * tells one ringing from the next.
   */
  announcedBy: z.string().optional(),
  /** CometChat's message id; apps use it as the id of the notification. */
  tag: z.string().optional(),
  title: z.string().optional(),
  body: z.string().optional(),
  /** When the caller pressed the button, by CometChat's clock. Absent in the dialects that do not say. */
  sentAt: z.number().optional(),
})
export type RingEvent = z.infer<typeof ringEvent>

/** A whole group is called: the worker asks CometChat who its members are, and each of them has a ring. */
export const groupEvent = ringEvent.omit({ recipient: true }).extend({ kind: z.literal('group') })
export type GroupEvent = z.infer<typeof groupEvent>

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
  tag: z.string().optional(),
  sentAt: z.number().optional(),
})
export type EndEvent = z.infer<typeof endEvent>

/** What somebody joined a call with, as far as it is said. */
export const answeringPlatform = z.enum(['android', 'ios', 'web'])
export type AnsweringPlatform = z.infer<typeof answeringPlatform>

/** Somebody joined the call: the recipient named, or, where nobody is named, the one person who was called. */
export const answerEvent = z.object({
  kind: z.literal('answer'),
  sessionId: z.string(),
  uid: z.string().optional(),
  platform: answeringPlatform.optional(),
  /** Which of the recipient's devices it was: only the app itself can say. */
  deviceId: z.string().optional(),
  sentAt: z.number().optional(),
})
export type AnswerEvent = z.infer<typeof answerEvent>

/** A notification that is no call, for one recipient's alert tokens. */
export const chatEvent = z.object({
  kind: z.literal('chat'),
  /** A message belongs to no session. */
  sessionId: z.undefined().optional(),
  recipient: z.string(),
  notification: alert,
  sentAt: z.number().optional(),
})
export type ChatEvent = z.infer<typeof chatEvent>

/** What every dialect of CometChat's webhooks is translated to, once, at the border. */
export const callEvent = z.discriminatedUnion('kind', [
  ringEvent,
  groupEvent,
  endEvent,
  answerEvent,
  chatEvent,
])
export type CallEvent = z.infer<typeof callEvent>
