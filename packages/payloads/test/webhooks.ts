/**
 * CometChat's webhooks as they arrive, one builder for each documented shape: https://www.cometchat.com/docs/calls/webhooks
 * Instants go in as epoch milliseconds and come out in each dialect's own unit.
 */
export interface Person {
  uid: string
  name?: string
  avatar?: string
}

export type Webhook = Record<string, unknown> & { trigger: string; data: Record<string, unknown> }

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
/** A group with a picture, which CometChat calls its icon. */
export const choir: Person = {
  uid: 'choir',
  name: 'Choir',
  avatar: 'https://pictures.example.com/choir.webp',
}

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

const usual: Call = {
  caller: alice,
  callee: bob,
  receiverType: 'user',
  sessionId: SESSION_ID,
  callType: 'video',
  sentAt: SENT_AT,
  messageId: MESSAGE_ID,
  webhook: 'ringer-calls',
}

const seconds = (ms: number) => Math.floor(ms / 1000)

const envelope = (trigger: string, data: Record<string, unknown>, webhook = usual.webhook): Webhook => ({
  trigger,
  data,
  appId: APP_ID,
  region: 'eu',
  webhook,
})

export function conversationOf({ caller, callee, receiverType }: Call): string {
  if (receiverType === 'group') return `group_${callee.uid}`
  return [caller.uid, callee.uid].sort().join('_user_')
}

const asEntity = (person: Person, type: 'user' | 'group' = 'user') => ({
  entity:
    type === 'group'
      ? { guid: person.uid, name: person.name, icon: person.avatar, type: 'private', owner: 'alice' }
      : { ...person, status: 'available', role: 'default', lastActiveAt: 1_781_024_000 },
  entityType: type,
})

/**
 * How much a signalling webhook says. `full` is what real deliveries were seen to hold, `lean` the documented sample of
 * a ring, `none` the documented sample of the ends (and, on one page, of a ring).
 */
export type Entities = 'full' | 'lean' | 'none'

type Action = 'initiated' | 'cancelled' | 'rejected' | 'unanswered' | 'busy'

const calleeActs = (action: Action) => action === 'rejected' || action === 'busy'

function signalled(action: Action, call: Call, entities: Entities): Webhook {
  const [actor, other] = calleeActs(action) ? [call.callee, call.caller] : [call.caller, call.callee]
  const message = {
    id: call.messageId,
    conversationId: conversationOf(call),
    sender: actor.uid,
    receiverType: call.receiverType,
    receiver: other.uid,
    category: 'call',
    type: call.callType,
    data: { action, ...entitiesOf(action, call, entities) },
    sentAt: seconds(call.sentAt),
    updatedAt: seconds(call.sentAt),
  }
  return envelope(`call_${action}`, { call: message }, call.webhook)
}

function entitiesOf(action: Action, call: Call, entities: Entities) {
  const [actor, other] = calleeActs(action) ? [call.callee, call.caller] : [call.caller, call.callee]
  const session = { sessionid: call.sessionId, status: action, type: call.callType }
  const initiatedAt = seconds(call.sentAt)
  if (entities === 'none') return {}
  if (entities === 'lean') {
    const { avatar, ...by } = asEntity(actor).entity as Person
    return {
      entities: {
        by: { entity: by, entityType: 'user' },
        on: { entity: { ...session, initiatedAt }, entityType: 'call' },
      },
    }
  }
  return {
    entities: {
      by: asEntity(actor),
      for: asEntity(other, calleeActs(action) ? 'user' : call.receiverType),
      on: {
        entity: {
          ...session,
          conversationId: conversationOf(call),
          sender: call.caller.uid,
          receiverType: call.receiverType,
          receiver: call.callee.uid,
          data: {
            entities: {
              sender: asEntity(call.caller),
              receiver: asEntity(call.callee, call.receiverType),
            },
          },
          initiatedAt,
          joinedAt: initiatedAt,
        },
        entityType: 'call',
      },
    },
    resource: 'WEB-4_0_9-6f1c2d90-0b7e-4c55-9a53-1f0f3d3a8e11-1781024529811',
  }
}

type Options = Partial<Call> & { entities?: Entities }

/** `call_initiated`, documented dialect. */
export const signalledRing = ({ entities = 'full', ...call }: Options = {}) =>
  signalled('initiated', { ...usual, ...call }, entities)

/** `call_cancelled`, `call_rejected`, `call_unanswered` or `call_busy`, documented dialect. */
export const signalledEnd = (
  action: Exclude<Action, 'initiated'>,
  { entities = 'full', ...call }: Options = {},
) => signalled(action, { ...usual, messageId: '90347', ...call }, entities)

type Kind = 'call' | 'meeting'
interface Session {
  sessionId?: string
  at?: number
}

const media = (kind: Kind, event: string, data: Record<string, unknown>): Webhook => ({
  ...envelope(`${kind}_${event}`, data),
  type: kind === 'call' ? 'call' : 'meet',
})

/** `call_started` or `meeting_started`. */
export const started = (kind: Kind, { sessionId = SESSION_ID, at = SENT_AT }: Session = {}) =>
  media(kind, 'started', { created_at: seconds(at), sessionId })

/**
 * `…_participant_joined`. Without `who` it names nobody's uid, as in the documented sample; with an empty `platform` it has
 * no configuration, as on the page of the management API.
 */
export const participantJoined = (
  kind: Kind,
  {
    sessionId = SESSION_ID,
    at = SENT_AT,
    who,
    platform = 'web',
  }: Session & { who?: Person; platform?: string } = {},
) =>
  media(kind, 'participant_joined', {
    occupant: {
      ...(who && { uid: who.uid }),
      joined_at: seconds(at),
      audio_call: 'false',
      name: who?.name ?? 'Alice Moreau',
    },
    ...(platform && {
      initial_config: {
        is_video_muted: 'false',
        call_version: '3.1.2',
        sdk: 'react',
        mode: 'DEFAULT',
        platform,
        is_audio_only: 'false',
      },
    }),
    sessionId,
  })

/** `…_participant_left`. */
export const participantLeft = (kind: Kind, { sessionId = SESSION_ID, at = SENT_AT }: Session = {}) =>
  media(kind, 'participant_left', {
    occupant: { joined_at: seconds(at) - 52, audio_call: 'true', left_at: seconds(at), name: 'Bob Okafor' },
    sessionId,
  })

/** `call_ended` or `meeting_ended`. */
export const sessionEnded = (kind: Kind, { sessionId = SESSION_ID, at = SENT_AT }: Session = {}) =>
  media(kind, 'ended', {
    all_occupants: [
      { joined_at: seconds(at) - 52, audio_call: 'true', left_at: seconds(at), name: 'Bob Okafor' },
      { joined_at: seconds(at) - 50, audio_call: 'true', left_at: seconds(at) - 2, name: 'Alice Moreau' },
    ],
    destroyed_at: seconds(at),
    created_at: seconds(at) - 52,
    sessionId,
  })

export const recordingGenerated = () =>
  envelope('recording_generated', {
    recordingDate: '2026-06-09',
    duration: '21.433000',
    startTime: '1781024531',
    sessionId: SESSION_ID,
    recording_url: 'https://recordings.example.com/90311.mp4',
  })

export const transcriptionGenerated = () =>
  envelope('transcription_generated', {
    sessionId: SESSION_ID,
    tid: 'tr-5512',
    transcriptDate: '2026-06-09',
    transcript_url: 'https://recordings.example.com/90311.txt',
    startTime: 1_781_024_531,
    endTime: 1_781_024_552,
  })

/** `call_initiated` in the flat dialect of CometChat's recipes, which has neither times nor an envelope. */
export function initiatorRing(overrides: Partial<Call> = {}): Webhook {
  const { caller, callee, sessionId, callType, receiverType } = { ...usual, ...overrides }
  return {
    trigger: 'call_initiated',
    data: {
      id: sessionId,
      sessionId,
      type: callType,
      initiator: caller,
      receiver: callee,
      receiverType,
    },
  }
}

/** An end in the flat dialect of CometChat's recipes. */
export const initiatorEnd = (
  action: Exclude<Action, 'initiated'>,
  { sessionId = SESSION_ID }: Session = {},
): Webhook => ({ trigger: `call_${action}`, data: { id: sessionId, sessionId } })

/** `call.received`, the dialect of CometChat's React Native recipe. */
export function receivedRing(overrides: Partial<Call> = {}): Webhook {
  const { caller, callee, sessionId, callType } = { ...usual, ...overrides }
  return {
    trigger: 'call.received',
    data: {
      receiver: callee.uid,
      sender: { uid: caller.uid, name: caller.name },
      sessionId,
      type: callType,
    },
  }
}

const provided = (to: Person, notificationDetails: Record<string, unknown>): Webhook =>
  envelope('push-notification-payload-generated', { to: { uid: to.uid }, notificationDetails }, 'custom')

/** A call in the custom push provider's dialect: one request for each recipient, times in milliseconds as a string. */
export function providerCall(callAction: string, overrides: Partial<Call> & { to?: Person } = {}): Webhook {
  const { to, ...rest } = overrides
  const call = { ...usual, ...rest }
  return provided(to ?? call.callee, {
    title: call.caller.name,
    body: call.callType === 'audio' ? 'AUDIO CALL' : 'VIDEO CALL',
    sender: call.caller.uid,
    senderName: call.caller.name,
    senderAvatar: call.caller.avatar,
    receiver: call.callee.uid,
    receiverName: call.callee.name,
    receiverAvatar: call.callee.avatar,
    receiverType: call.receiverType,
    tag: call.messageId,
    conversationId: conversationOf(call),
    type: 'call',
    callAction,
    sessionId: call.sessionId,
    callType: call.callType,
    sentAt: String(call.sentAt),
    unreadMessageCount: 5,
    custom: { theme: 'dark' },
  })
}

const chat = {
  title: 'Alice Moreau',
  body: 'Are you there?',
  sender: 'alice',
  senderName: 'Alice Moreau',
  senderAvatar: 'https://pictures.example.com/alice.webp',
  receiver: 'bob',
  receiverName: 'Bob Okafor',
  receiverAvatar: 'https://pictures.example.com/bob.webp',
  receiverType: 'user',
  tag: '90288',
  conversationId: 'alice_user_bob',
  type: 'chat',
  sentAt: '1781024001000',
}

interface Notification {
  to?: Person
  /** Fields of the notification in place of the usual ones; undefined leaves one out. */
  details?: Record<string, unknown>
}

/** A notification of the custom push provider that is no call: CometChat sends it where the app's users want it. */
export const providerChat = ({ to = bob, details }: Notification = {}) =>
  provided(
    to,
    sent({ ...chat, unreadMessageCount: 5, message: { id: '90288', category: 'message' }, ...details }),
  )

export const providerReaction = ({ to = bob, details }: Notification = {}) =>
  provided(to, sent({ ...chat, body: 'Reacted to your message: 😎', ...details }))

/** A change in a group: no picture of the receiver, and the group itself is the tag. */
export const providerGroupAction = ({ to = carol, details }: Notification = {}) =>
  provided(
    to,
    sent({
      title: 'Chess club',
      body: 'Alice Moreau added Carol Nuñez',
      sender: 'alice',
      senderName: 'Alice Moreau',
      receiver: 'chess-club',
      receiverName: 'Chess club',
      receiverType: 'group',
      tag: 'chess-club',
      conversationId: 'group_chess-club',
      type: 'chat',
      sentAt: '1781024001000',
      ...details,
    }),
  )

/** As it arrives: JSON knows no undefined. */
const sent = (details: Record<string, unknown>): Record<string, unknown> =>
  JSON.parse(JSON.stringify(details))

export const messageSent = () =>
  envelope('message_sent', {
    message: {
      id: '90288',
      muid: '_f2a81c0d',
      conversationId: 'alice_user_bob',
      sender: 'alice',
      receiverType: 'user',
      receiver: 'bob',
      category: 'message',
      type: 'text',
      data: { text: 'Are you there?', entities: { sender: asEntity(alice), receiver: asEntity(bob) } },
      sentAt: 1_781_024_001,
      updatedAt: 1_781_024_001,
    },
  })

/** The announcement of a meeting: a custom message, no call. The session is the group's, for ever. */
export interface Meeting {
  caller: Person
  callee: Person
  receiverType: 'user' | 'group'
  sessionId: string
  callType: 'audio' | 'video'
  messageId: string
  sentAt: number
  /** Whether the message holds its sender and receiver, as it does in every delivery that was seen. */
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

/** The custom message itself, as CometChat's UI Kits write it when somebody calls a group. */
export function meetingMessage(overrides: Partial<Meeting> = {}): Record<string, unknown> {
  const { caller, callee, receiverType, sessionId, callType, messageId, sentAt, entities } = {
    ...usualMeeting,
    ...overrides,
  }
  return {
    id: messageId,
    conversationId:
      receiverType === 'group' ? `group_${callee.uid}` : [caller.uid, callee.uid].sort().join('_user_'),
    sender: caller.uid,
    receiverType,
    receiver: callee.uid,
    category: 'custom',
    type: 'meeting',
    data: {
      customData: { callType, sessionId },
      ...(entities && {
        entities: {
          sender: asEntity(caller),
          receiver: asEntity(callee, receiverType),
        },
      }),
      resource: 'WEB-4_0_9-6f1c2d90-0b7e-4c55-9a53-1f0f3d3a8e11-1781024529811',
    },
    sentAt: seconds(sentAt),
    updatedAt: seconds(sentAt),
  }
}

/** The announcement of a meeting by CometChat's UI Kits, as `message_sent` tells it. */
export const meetingAnnounced = (overrides: Partial<Meeting> = {}) =>
  envelope('message_sent', { message: meetingMessage(overrides) })

/** The same as a legacy webhook, where `data` is the message itself. */
export const legacyMeetingAnnounced = (overrides: Partial<Meeting> = {}) =>
  envelope('after_message', meetingMessage(overrides))

/** The same as the custom push provider tells one member, where the message is included in its notifications. */
export function providerMeeting({ to = bob, ...overrides }: Partial<Meeting> & { to?: Person } = {}) {
  const { caller, callee, receiverType, messageId, sentAt } = { ...usualMeeting, ...overrides }
  const message = meetingMessage(overrides)
  return provided(
    to,
    sent({
      title: callee.name,
      body: `${caller.name}: started a meeting`,
      sender: caller.uid,
      senderName: caller.name,
      senderAvatar: caller.avatar,
      receiver: callee.uid,
      receiverName: callee.name,
      receiverType,
      tag: messageId,
      conversationId: message.conversationId,
      type: 'chat',
      sentAt: String(sentAt),
      message,
    }),
  )
}

export const userBlocked = (trigger: 'user_blocked' | 'user_unblocked') =>
  envelope(trigger, {
    blockedBy: { uid: 'alice', name: 'Alice Moreau' },
    blockedUser: { uid: 'carol', name: 'Carol Nuñez' },
  })

export const userConnectionChanged = () =>
  envelope('user_connection_status_changed', { user: { ...asEntity(bob).entity, status: 'offline' } })

export const groupMember = (event: 'added' | 'joined' | 'left' | 'kicked' | 'banned') =>
  envelope(`group_member_${event}`, {
    group: { guid: 'chess-club', name: 'Chess club', type: 'private', membersCount: 3 },
    action: { by: asEntity(alice).entity, on: { uid: 'carol', name: 'Carol Nuñez' } },
  })

export const groupDeleted = () =>
  envelope('group_deleted', { group: { guid: 'chess-club', name: 'Chess club', type: 'private' } })

/** The legacy webhooks, where `data` is the message itself. There is no legacy call trigger. */
export const legacyMessage = (trigger: 'before_message' | 'after_message') =>
  envelope(trigger, {
    id: '90288',
    conversationId: 'alice_user_bob',
    sender: 'alice',
    receiverType: 'user',
    receiver: 'bob',
    category: 'message',
    type: 'text',
    data: { text: 'Are you there?' },
    sentAt: 1_781_024_001,
  })

export const legacyReceipt = (trigger: 'message_delivery_receipt' | 'message_read_receipt') =>
  envelope(trigger, { messageId: '90288', receiver: 'bob', receiverType: 'user', timestamp: 1_781_024_002 })

export const legacyConnectionChanged = () =>
  envelope('after_connection_status_changed', { user: { uid: 'bob', status: 'available' } })
