/**
 * What an app imports to read Ringer's pushes. One file that needs nothing else: no dependency, no Node, no API younger
 * than ES2019, so that Hermes, JavaScriptCore and a browser run it as it is. It may be copied into an app.
 */

/** Why a ring stops. `ongoing`: the same user answered on another phone. */
export type StopReason = 'cancelled' | 'unanswered' | 'rejected' | 'ended' | 'busy' | 'ongoing'

export interface CallParty {
  /** Empty where the push does not say. */
  uid: string
  /** The uid where there is no name. */
  name: string
  avatar?: string
}

interface CallPush {
  /** Joins the call. The only thing that every push of a call has. */
  sessionId: string
  /** For CallKit and notifications: always a UUID, the same in every push of a call. */
  uuid: string
  /** `audio` where the push does not say: no camera goes on that nobody asked for. */
  callType: 'audio' | 'video'
  hasVideo: boolean
  caller: CallParty
  /** The user who is called, or the group that is called. */
  receiver: CallParty & { type: 'user' | 'group' }
  /** Empty where the push does not say. */
  conversationId: string
  /** When the call began, epoch ms; 0 where the push does not say. */
  sentAt: number
}

/**
 * A push about a call: ring, or stop ringing. A stop without a reason is one whose `callAction` is not known here; the
 * ring stops all the same. A stop never ends a call that was answered on this phone.
 */
export type IncomingCall =
  | (CallPush & { action: 'ring' })
  | (CallPush & { action: 'stop'; reason?: StopReason })

const reasons: readonly StopReason[] = ['cancelled', 'unanswered', 'rejected', 'ended', 'busy', 'ongoing']
/** `call_ended` is what a stop is called for apps that would ring at any `incoming_call`. */
const callTypes: readonly string[] = ['call', 'incoming_call', 'call_ended']
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i

/**
 * Reads a push in any shape in which an app gets it: the dictionary of a VoIP push, FCM's data map, a RemoteMessage with
 * that map as its `data`, a JavaScript Map. Values may be strings, numbers or booleans.
 *
 * @returns undefined for everything that is no call of Ringer's (chat, missed calls, other services); never throws
 */
export function parseIncomingCall(payload: unknown): IncomingCall | undefined {
  try {
    return read(payload)
  } catch {
    // A getter or a proxy that throws; an app is being woken by this push and must not die of it.
    return undefined
  }
}

/**
 * Whether a ring is too old to be shown. It compares CometChat's clock with the phone's: leave some room.
 *
 * @param now epoch ms
 * @param ringMs how long a call rings, ms; RINGER_RING_SECONDS on the server
 */
export function isExpired(call: { sentAt: number }, now: number, ringMs = 30_000): boolean {
  return call.sentAt > 0 && now - call.sentAt > ringMs
}

function read(payload: unknown): IncomingCall | undefined {
  const outer = lookup(payload)
  const inner = lookup(outer('data'))
  /** What the first of these keys says. A VoIP push has a nested `data` too, but it says less than the keys around it. */
  const text = (...keys: string[]) => firstText(keys.map(outer)) || firstText(keys.map(inner))

  const type = text('type')
  const callAction = text('callAction')
  const reason = reasons.find(known => known === callAction)
  const namesCall =
    callTypes.includes(type) || (type === '' && (reason !== undefined || callAction === 'initiated'))
  const sessionId = text('sessionId')
  if (!namesCall || sessionId === '') return undefined

  const hasVideo = (text('callType') || (/^(true|1)$/.test(text('hasVideo')) && 'video')) === 'video'
  const sentAt = Number(text('sentAt', 'timestamp'))
  const uuid = text('uuid', 'callUUID')
  const push: CallPush = {
    sessionId,
    uuid: UUID.test(uuid) ? uuid : uuidFor(sessionId),
    callType: hasVideo ? 'video' : 'audio',
    hasVideo,
    caller: party(
      text('senderUid', 'sender', 'callerUid', 'callerId', 'handle'),
      text('senderName', 'callerName', 'name'),
      text('senderAvatar'),
    ),
    receiver: {
      ...party(text('receiver'), text('receiverName'), text('receiverAvatar')),
      type: text('receiverType') === 'group' ? 'group' : 'user',
    },
    conversationId: text('conversationId'),
    sentAt: sentAt > 0 && sentAt < 1e15 ? sentAt : 0,
  }
  if (type !== 'call_ended' && /^(initiated)?$/.test(callAction)) return { action: 'ring', ...push }
  return { action: 'stop', ...(reason && { reason }), ...push }
}

/** Reads the keys of an object or of a Map; of anything else there are none. */
function lookup(source: unknown): (key: string) => unknown {
  if (source instanceof Map) return key => source.get(key)
  if (typeof source !== 'object' || source === null) return () => undefined
  return key => (source as Record<string, unknown>)[key]
}

function firstText(values: unknown[]): string {
  const found = values.find(
    value =>
      (typeof value === 'string' && value !== '') || typeof value === 'boolean' || Number.isFinite(value),
  )
  return found === undefined ? '' : String(found)
}

function party(uid: string, name: string, avatar: string): CallParty {
  return { uid, name: name || uid, ...(avatar && { avatar }) }
}

/**
 * A UUID for a push that brings none: CallKit takes nothing else, and dies of anything else. Four FNV-1a hashes with
 * different beginnings, marked as version 8 (RFC 9562, section 5.8): the same session has the same UUID.
 */
function uuidFor(sessionId: string): string {
  let hex = ''
  for (let seed = 0; seed < 4; seed++) {
    let hash = 0x811c9dc5 ^ seed
    for (let index = 0; index < sessionId.length; index++) {
      hash = Math.imul(hash ^ sessionId.charCodeAt(index), 0x01000193)
    }
    hex += (hash >>> 0).toString(16).padStart(8, '0')
  }
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-8$3-8$4-$5')
}
