import { z } from 'zod'
import { alert } from './alert.ts'

/**
 * How a call ended, in CometChat's words (`data.call.data.action`, `notificationDetails.callAction`).
 * `ongoing` is not among them, because it is an answer.
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

/** Who was called: a user, or a group that the recipient is a member of. */
const receiver = party.extend({ type: z.enum(['user', 'group']) })

/** A call that rings one recipient's phones. All instants in events are epoch milliseconds. */
export const ringEvent = z.object({
  kind: z.literal('ring'),
  sessionId: z.string(),
  /** The user whose phones ring: the receiver, or one member of the group that is called. */
  recipient: z.string(),
  caller: party,
  receiver,
  callType,
  conversationId: z.string(),
  /**
   * The id of the message that announced a meeting. All meetings of a group share one session id, so the
   * message is part of the ring's identity.
   */
  announcedBy: z.string().optional(),
  /** CometChat's message id; apps use it as the id of the notification. */
  tag: z.string().optional(),
  title: z.string().optional(),
  body: z.string().optional(),
  /** When the caller pressed the button, by CometChat's clock. Absent in the dialects without times. */
  sentAt: z.number().optional(),
})
export type RingEvent = z.infer<typeof ringEvent>

/** A call to a group. The worker asks CometChat for the members, and each of them gets a ring. */
export const groupEvent = ringEvent.omit({ recipient: true }).extend({ kind: z.literal('group') })
export type GroupEvent = z.infer<typeof groupEvent>

/**
 * The end of a call, answered or not. Some real deliveries have no session id; then the call is found by its
 * conversation. With a recipient, only that member's ring of a group call ended.
 */
export const endEvent = z.object({
  kind: z.literal('end'),
  action: endAction,
  sessionId: z.string().optional(),
  conversationId: z.string().optional(),
  recipient: z.string().optional(),
  /** The uids of all who were in the session, sorted. Absent if they are not all known. */
  occupants: z.array(z.string()).optional(),
  tag: z.string().optional(),
  sentAt: z.number().optional(),
})
export type EndEvent = z.infer<typeof endEvent>

/** The platform from which somebody joined a call. */
export const answeringPlatform = z.enum(['android', 'ios', 'web'])
export type AnsweringPlatform = z.infer<typeof answeringPlatform>

/** Somebody joined the call: the user in `uid`, or without one, the only user who was called. */
export const answerEvent = z.object({
  kind: z.literal('answer'),
  sessionId: z.string(),
  uid: z.string().optional(),
  platform: answeringPlatform.optional(),
  /** The device on which the recipient answered. Only the app itself can report it. */
  deviceId: z.string().optional(),
  sentAt: z.number().optional(),
})
export type AnswerEvent = z.infer<typeof answerEvent>

/** A notification that is not about a call, for one recipient's alert tokens. */
export const chatEvent = z.object({
  kind: z.literal('chat'),
  /** Never set: a chat message has no session. */
  sessionId: z.undefined().optional(),
  recipient: z.string(),
  notification: alert,
  /** A hash of the content, which distinguishes it from others if its content was removed. */
  notificationId: z.string().optional(),
  sentAt: z.number().optional(),
})
export type ChatEvent = z.infer<typeof chatEvent>

/** What the parser makes of a webhook in any of CometChat's dialects. All other code handles only these events. */
export const callEvent = z.discriminatedUnion('kind', [
  ringEvent,
  groupEvent,
  endEvent,
  answerEvent,
  chatEvent,
])
export type CallEvent = z.infer<typeof callEvent>
