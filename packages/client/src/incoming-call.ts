/**
 * What an app needs of Ringer: `parseIncomingCall` reads a push, `askState` asks whether the call still rings, and `sendReceipt`
 * reports what the phone did. This file needs nothing else: no dependency, no Node, no language newer than ES2019, and of the
 * platform only `fetch`, `AbortController` and timers, so that Hermes, JavaScriptCore and browsers run it unchanged. You may copy it into an app.
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
  /** Where to ask about this ring, and report on it. Missing if the server has no RINGER_PUBLIC_URL, or the push had no room. */
  stateUrl?: string
}

/**
 * A push about a call: ring, or stop ringing. A stop has no reason if its `callAction` is unknown; the phone
 * must stop ringing all the same. A stop never ends a call that was answered on this phone.
 */
export type IncomingCall =
  | (CallPush & { action: 'ring' })
  | (CallPush & { action: 'stop'; reason?: StopReason })

/** What to do after asking. */
export type RingVerdict =
  | {
      /** Go on, also with a call that was answered on this phone. */
      action: 'ring'
      /** How long the ring lasts at most, ms, by the server's clock: no phone's clock matters. */
      remainingMs: number
      /** With the name and the picture, even if the push had no room for them or was sent without. */
      caller: CallParty
      /** The group that is called, if it is one. */
      group?: CallParty
    }
  /** Stop ringing. Without a reason if the call has been over for so long that the server does not say. */
  | { action: 'stop'; reason?: StopReason }
  /** Nobody knows: there is no URL, no network or no proper answer. Go on as without asking. */
  | { action: 'unknown' }

/**
 * What a phone did with a ring. `shown`: the call is on the screen. `suppressed`: Focus, Do Not Disturb or the user's settings
 * keep it off. `late`: the call was over when the push came. `duplicate`: the phone shows this call already, so this was a second push
 * with the same `uuid`. `full-screen-denied`, beside `shown`: only as an ordinary notification.
 */
export type ReceiptEvent = 'shown' | 'suppressed' | 'late' | 'duplicate' | 'full-screen-denied'

export interface ReceiptDetails {
  /** FCM's, to see whether Google lowered it. */
  deliveredPriority?: 'high' | 'normal'
  originalPriority?: 'high' | 'normal'
  /** At most 64 characters each. */
  appVersion?: string
  osVersion?: string
}

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
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

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

/**
 * Asks whether a call still rings. Show the call first: iOS ends an app that waits for a network, and a ring must not depend on one.
 * Never throws, and takes no longer than its limit.
 *
 * @param options.timeoutMs default: 2 s
 * @param options.isAnswered whether the user has answered the call on this phone. Looked at when the answer has arrived. Such a
 *   call goes on whatever the server says: it may not know yet which phone answered, and a stop ends only a ring
 */
export async function askState(
  call: { stateUrl?: string },
  { timeoutMs = 2000, isAnswered }: { timeoutMs?: number; isAnswered?: () => boolean } = {},
): Promise<RingVerdict> {
  const { status, body } = await request(call.stateUrl, {}, timeoutMs)
  const goesOn = isAnswered?.()
  return status === 410 && !goesOn ? { action: 'stop' } : judge(body, goesOn)
}

/**
 * Reports what this phone did with a ring. Tries a second time if that may help: the server counts the first report of each event,
 * so a repeated one changes nothing. Never throws, and takes 5 s at most.
 *
 * @returns whether the server has it
 */
export async function sendReceipt(
  call: { stateUrl?: string },
  event: ReceiptEvent,
  details: ReceiptDetails = {},
): Promise<boolean> {
  const headers = { 'Content-Type': 'application/json' }
  const post = { method: 'POST', headers, body: JSON.stringify({ event, at: Date.now(), ...details }) }
  for (let isFirst = true; ; isFirst = false) {
    const { status } = await request(call.stateUrl, post, 2000)
    // Any other answer would be the same again.
    if (!isFirst || !call.stateUrl || (status > 0 && status < 500)) return status === 204
    await new Promise(resolve => setTimeout(resolve, 1000))
  }
}

/** What the answer to a question means. Anything that Ringer does not answer is `unknown`. */
function judge(answer: unknown, goesOn: boolean | undefined): RingVerdict {
  const state = lookup(answer)
  const callAction = state('callAction')
  const remainingMs = Number(state('deadline')) - Number(state('now'))
  if (!callAction || !Number.isFinite(remainingMs)) return { action: 'unknown' }
  if (callAction !== 'initiated' && !goesOn && !state('answeredHere')) {
    const reason = STOP_REASONS.find(known => known === callAction)
    return { action: 'stop', ...(reason && { reason }) }
  }
  const partyOf = (source: unknown, id: string, picture: unknown) => {
    const about = lookup(source)
    return party(firstText([about(id)]), firstText([about('name')]), firstText([picture]))
  }
  const group = state('group')
  return {
    action: 'ring',
    remainingMs,
    caller: partyOf(state('caller'), 'uid', state('avatar')),
    ...(group !== undefined && { group: partyOf(group, 'guid', lookup(group)('icon')) }),
  }
}

/**
 * Sends one request, with a limit, which `fetch` does not have. Never throws.
 *
 * @returns status 0 without a URL, a network or an answer in time; `body` is the JSON of a 200
 */
async function request(
  url: string | undefined,
  init: RequestInit,
  timeoutMs: number,
): Promise<{ status: number; body?: unknown }> {
  const nothing = { status: 0 }
  if (!url) return nothing
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    const controller = new AbortController()
    const answer = fetch(url, { ...init, signal: controller.signal }).then(async response => ({
      status: response.status,
      body: response.status === 200 && (await response.json()),
    }))
    const timeout = new Promise<typeof nothing>(resolve => {
      timer = setTimeout(() => {
        // React Native's abort does not always end a request, so the limit does not depend on it.
        resolve(nothing)
        controller.abort()
      }, timeoutMs)
    })
    return await Promise.race([answer, timeout])
  } catch {
    return nothing
  } finally {
    clearTimeout(timer)
  }
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
  const stateUrl = text('stateUrl')
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
    ...(/^https?:\/\/./.test(stateUrl) && { stateUrl }),
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
