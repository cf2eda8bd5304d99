/**
 * The parser with which an app reads Ringer's pushes. This file needs nothing else: no dependency, no Node,
 * and no API newer than ES2019, so that Hermes, JavaScriptCore and browsers run it unchanged. You may copy it
 * into an app.
 */

/** Why a phone stops ringing. `ongoing`: the same user answered on another phone. */
export type StopReason = 'cancelled' | 'unanswered' | 'rejected' | 'ended' | 'busy' | 'ongoing'

export interface CallParty {
  /** Empty if the push does not contain it. */
  uid: string
  /** The uid if there is no name. */
  name: string
  avatar?: string
}

interface CallPush {
  /** The id with which the app joins the call. The only one of these values that every call push contains. */
  sessionId: string
  /**
   * For CallKit and notifications. Always a UUID, and the same in every push of a call. A ring may arrive twice: report it to
   * CallKit again with the same UUID, which shows one call; on Android, ignore it if the call is already shown.
   */
  uuid: string
  /** `audio` if the push does not say, so that the camera never turns on unasked. */
  callType: 'audio' | 'video'
  hasVideo: boolean
  caller: CallParty
  /** The user or the group that is called. */
  receiver: CallParty & { type: 'user' | 'group' }
  /** Empty if the push does not contain it. */
  conversationId: string
  /** When the call began, epoch ms; 0 if the push does not say. */
  sentAt: number
}

/**
 * A push about a call: ring, or stop ringing. A stop has no reason if its `callAction` is unknown; the phone
 * must stop ringing all the same. A stop never ends a call that was answered on this phone.
 */
export type IncomingCall =
  | (CallPush & { action: 'ring' })
  | (CallPush & { action: 'stop'; reason?: StopReason })

const STOP_REASONS: readonly StopReason[] = [
  'cancelled',
  'unanswered',
  'rejected',
  'ended',
  'busy',
  'ongoing',
]
/** `call_ended` is the type of a stop for apps that would ring at any `incoming_call`. */
const CALL_TYPES: readonly string[] = ['call', 'incoming_call', 'call_ended']
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i

/**
 * Reads a push in any shape in which an app may receive it: the dictionary of a VoIP push, FCM's data map, a
 * RemoteMessage with that map as its `data`, or a JavaScript Map. Values may be strings, numbers or booleans.
 * Never throws.
 *
 * @returns undefined for a push that is not about one of Ringer's calls (chat, missed calls, other services)
 */
export function parseIncomingCall(payload: unknown): IncomingCall | undefined {
  try {
    return read(payload)
  } catch {
    // A getter or a proxy threw. The push has just woken the app, which must not crash because of it.
    return undefined
  }
}

/**
 * Whether a ring is too old to be shown. Compares CometChat's clock with the phone's, so allow for some difference.
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
  /**
   * The value of the first key that has one. The outer keys come first: a VoIP push has a nested `data` too,
   * with fewer keys.
   */
  const text = (...keys: string[]) => firstText(keys.map(outer)) || firstText(keys.map(inner))

  const type = text('type')
  const callAction = text('callAction')
  const reason = STOP_REASONS.find(known => known === callAction)
  const namesCall =
    CALL_TYPES.includes(type) || (type === '' && (reason !== undefined || callAction === 'initiated'))
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

/** Returns a reader for the keys of an object or a Map. Any other value has no keys. */
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
 * Derives a UUID from the session id, for a push without one: CallKit accepts only UUIDs, and anything else
 * crashes the app. The same session always gives the same UUID: four FNV-1a hashes with different start
 * values, marked as version 8 (RFC 9562, section 5.8).
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
