import {
  buildBlockedWebhook,
  buildCallReceivedWebhook,
  buildConnectionWebhook,
  buildEndedWebhook,
  buildGroupDeletedWebhook,
  buildGroupMemberWebhook,
  buildInitiatorWebhook,
  buildJoinedWebhook,
  buildLeftWebhook,
  buildLegacyConnectionWebhook,
  buildLegacyMessageWebhook,
  buildLegacyReceiptWebhook,
  buildMeetingMessage,
  buildMessageSentWebhook,
  buildProviderCall,
  buildProviderChat,
  buildProviderGroupAction,
  buildRecordingWebhook,
  buildSignallingWebhook,
  buildStartedWebhook,
  buildTextMessage,
  buildTranscriptionWebhook,
  type Entities,
  type Person,
  type SessionKind,
  type SignallingAction,
  type Webhook,
} from '@ringer/fakes/cometchat'

// Shortcuts to the double of CometChat, each with a usual caller, callee, session and time. Instants are epoch ms.

export type { Person, Webhook }

export const APP_ID = '2487f0c1b9ae53d4'
export const SENT_AT = 1_781_024_530_000
export const SESSION_ID = 'v1.eu.3f0c9a71d2b84e6f90ab12cd34ef5678.17810245305a6b'
export const MESSAGE_ID = '90311'

export const alice: Person = {
  uid: 'alice',
  name: 'Alice Moreau',
  avatar: 'https://pictures.example.com/alice.webp',
}
export const bob: Person = {
  uid: 'bob',
  name: 'Bob Okafor',
  avatar: 'https://pictures.example.com/bob.webp',
}
export const carol: Person = { uid: 'carol', name: 'Carol Nuñez' }
export const chess: Person = { uid: 'chess-club', name: 'Chess club' }
/** A group with a picture. */
export const choir: Person = {
  uid: 'choir',
  name: 'Choir',
  avatar: 'https://pictures.example.com/choir.webp',
}

/** What a test may choose about the request of a call. */
export interface Call {
  caller: Person
  callee: Person
  receiverType: 'user' | 'group'
  sessionId: string
  callType: 'audio' | 'video'
  sentAt: number
  messageId: string
  webhook: string
}

const source = { appId: APP_ID, region: 'eu', webhookId: 'ringer-calls' }

const usual: Call = {
  caller: alice,
  callee: bob,
  receiverType: 'user',
  sessionId: SESSION_ID,
  callType: 'video',
  sentAt: SENT_AT,
  messageId: MESSAGE_ID,
  webhook: source.webhookId,
}

function eventOf(chosen: Partial<Call>) {
  const { sentAt, messageId, webhook, ...call } = { ...usual, ...chosen }
  return { call: { ...source, ...call, webhookId: webhook, initiatedAt: sentAt }, messageId, at: sentAt }
}

type Options = Partial<Call> & { entities?: Entities }
type EndAction = Exclude<SignallingAction, 'initiated'>

/** `call_initiated`, in the documented dialect. */
export const signalledRing = ({ entities, ...call }: Options = {}) =>
  buildSignallingWebhook({ action: 'initiated', entities, ...eventOf(call) })

/** `call_cancelled`, `call_rejected`, `call_unanswered` or `call_busy`, in the documented dialect. */
export const signalledEnd = (action: EndAction, { entities, ...call }: Options = {}) =>
  buildSignallingWebhook({ action, entities, ...eventOf({ messageId: '90347', ...call }) })

interface Session {
  sessionId?: string
  at?: number
}

const sessionOf = (sessionId: string, callType: 'audio' | 'video' = 'audio') => ({
  ...source,
  sessionId,
  callType,
})

/** `call_started` or `meeting_started`. */
export const started = (kind: SessionKind, { sessionId = SESSION_ID, at = SENT_AT }: Session = {}) =>
  buildStartedWebhook({ kind, session: sessionOf(sessionId), at })

/** `…_participant_joined`. Without `who` it has no uid, with an empty `platform` no configuration, as some samples do. */
export const participantJoined = (
  kind: SessionKind,
  {
    sessionId = SESSION_ID,
    at = SENT_AT,
    who,
    platform = 'web',
  }: Session & { who?: Person; platform?: string } = {},
) =>
  buildJoinedWebhook({
    kind,
    session: sessionOf(sessionId, 'video'),
    person: { name: 'Alice Moreau', ...who },
    at,
    platform: platform || null,
  })

/** `…_participant_left`. */
export const participantLeft = (kind: SessionKind, { sessionId = SESSION_ID, at = SENT_AT }: Session = {}) =>
  buildLeftWebhook({
    kind,
    session: sessionOf(sessionId),
    presence: { person: { name: bob.name }, joinedAt: at - 52_000, leftAt: at },
  })

/** `call_ended` or `meeting_ended`. */
export const sessionEnded = (
  kind: SessionKind,
  {
    sessionId = SESSION_ID,
    at = SENT_AT,
    who = [{ name: bob.name }, { name: alice.name }],
  }: Session & { who?: Partial<Person>[] } = {},
) =>
  buildEndedWebhook({
    kind,
    session: sessionOf(sessionId),
    presences: who.map((person, index) => ({ person, joinedAt: at - 52_000, leftAt: at - index * 2_000 })),
    at,
  })

export const recordingGenerated = () => buildRecordingWebhook({ session: sessionOf(SESSION_ID), at: SENT_AT })

export const transcriptionGenerated = () =>
  buildTranscriptionWebhook({ session: sessionOf(SESSION_ID), at: SENT_AT })

/** `call_initiated`, in the flat dialect of CometChat's recipes. */
export const initiatorRing = (call: Partial<Call> = {}) =>
  buildInitiatorWebhook({ action: 'initiated', call: eventOf(call).call })

/** An end in the flat dialect of CometChat's recipes. */
export const initiatorEnd = (action: EndAction, { sessionId = SESSION_ID }: Session = {}) =>
  buildInitiatorWebhook({ action, call: eventOf({ sessionId }).call, parties: false })

/** `call.received`, the dialect of CometChat's React Native recipe. */
export const receivedRing = (call: Partial<Call> = {}) => buildCallReceivedWebhook(eventOf(call).call)

/** A call in the dialect of the custom push provider; without `to`, for the callee. */
export function providerCall(action: string, { to, ...chosen }: Partial<Call> & { to?: Person } = {}) {
  const event = eventOf(chosen)
  const details = { unreadMessageCount: 5, custom: { theme: 'dark' } }
  return buildProviderCall({ action, to: to ?? event.call.callee, details, ...event })
}

interface Notification {
  to?: Person
  /** Fields that replace the usual ones; undefined leaves one out. */
  details?: Record<string, unknown>
}

const chat = { ...source, from: alice, receiver: bob, messageId: '90288', at: 1_781_024_001_000 }

/** The custom push provider's notification of a message. */
export const providerChat = ({ to = bob, details }: Notification = {}) =>
  buildProviderChat({
    ...{ ...chat, to, text: 'Are you there?' },
    details: { unreadMessageCount: 5, message: { id: '90288', category: 'message' }, ...details },
  })

export const providerReaction = ({ to = bob, details }: Notification = {}) =>
  buildProviderChat({ ...chat, to, text: 'Reacted to your message: 😎', details })

/** The custom push provider's notification of a change in a group. */
export const providerGroupAction = ({ to = carol, details }: Notification = {}) =>
  buildProviderGroupAction({
    ...{ ...source, to, by: { uid: alice.uid, name: alice.name }, group: chess },
    ...{ text: 'Alice Moreau added Carol Nuñez', at: chat.at, details },
  })

const message = { id: chat.messageId, from: alice, to: bob, at: chat.at }

export const messageSent = () =>
  buildMessageSentWebhook(source, buildTextMessage({ ...message, text: 'Are you there?' }))

/** What a test may choose about the announcement of a meeting: a custom message, whose session is usually the group's. */
export interface Meeting {
  caller: Person
  callee: Person
  receiverType: 'user' | 'group'
  sessionId: string
  callType: 'audio' | 'video'
  messageId: string
  sentAt: number
  /** Whether the message describes its sender and receiver. */
  entities: boolean
}

export const MEETING_ID = '90290'
export const MEETING_AT = 1_781_024_010_000

const usualMeeting: Meeting = {
  caller: alice,
  callee: chess,
  receiverType: 'group',
  sessionId: chess.uid,
  callType: 'video',
  messageId: MEETING_ID,
  sentAt: MEETING_AT,
  entities: true,
}

/** The announcement itself, as CometChat's UI Kits write it when somebody calls a group. */
export function meetingMessage(chosen: Partial<Meeting> = {}) {
  const { caller: from, callee: to, messageId: id, sentAt: at, ...meeting } = { ...usualMeeting, ...chosen }
  return buildMeetingMessage({ ...meeting, id, from, to, at })
}

/** The announcement of a meeting as `message_sent`. */
export const meetingAnnounced = (meeting: Partial<Meeting> = {}) =>
  buildMessageSentWebhook(source, meetingMessage(meeting))

/** The announcement of a meeting as a legacy webhook. */
export const legacyMeetingAnnounced = (meeting: Partial<Meeting> = {}) =>
  buildLegacyMessageWebhook(source, 'after_message', meetingMessage(meeting))

/** The announcement of a meeting as the custom push provider's notification of one member. */
export function providerMeeting({ to = bob, ...chosen }: Partial<Meeting> & { to?: Person } = {}) {
  const { caller, callee, receiverType, messageId, sentAt } = { ...usualMeeting, ...chosen }
  return buildProviderChat({
    ...{ ...source, to, from: caller, receiver: callee, receiverType, messageId, at: sentAt },
    ...{ title: callee.name, text: `${caller.name}: started a meeting` },
    details: { receiverAvatar: undefined, message: meetingMessage(chosen) },
  })
}

export const userBlocked = (trigger: 'user_blocked' | 'user_unblocked') =>
  buildBlockedWebhook(source, { trigger, by: { uid: alice.uid, name: alice.name }, on: carol })

export const userConnectionChanged = () => buildConnectionWebhook(source, { user: bob, at: SENT_AT })

export const groupMember = (event: 'added' | 'joined' | 'left' | 'kicked' | 'banned') =>
  buildGroupMemberWebhook(source, { event, group: chess, by: alice, on: carol, at: SENT_AT })

export const groupDeleted = () => buildGroupDeletedWebhook(source, chess)

/** A legacy webhook of a text message. */
export const legacyMessage = (trigger: 'before_message' | 'after_message') =>
  buildLegacyMessageWebhook(source, trigger, buildTextMessage({ ...message, text: 'Are you there?' }))

export const legacyReceipt = (trigger: 'message_delivery_receipt' | 'message_read_receipt') =>
  buildLegacyReceiptWebhook(source, {
    kind: trigger === 'message_read_receipt' ? 'read' : 'delivery',
    message: { ...message, at: message.at + 1_000 },
  })

export const legacyConnectionChanged = () => buildLegacyConnectionWebhook(source, { user: bob, at: SENT_AT })
