import type { LegacyPayload, StopAction } from '@ringer/payloads'
import type { FcmCallType } from '../../packages/providers/src/fcm/payloads/build-ring.ts'
import type { FcmStopAction } from '../../packages/providers/src/fcm/payloads/build-stop.ts'
import { Crash } from './casts.ts'

/** A push as the app's code receives it: the whole dictionary on iOS, the data map on Android. */
export type Push = Readonly<Record<string, unknown>>

/** What the app remembers between pushes. The phone is locked and the app is in the background. */
export interface Phone {
  /** The session for which it rings. */
  ringing?: string | undefined
}

/** What an app does on a push. On an iPhone `nothing` is a bug, because iOS kills an app that reports no call. */
export interface Reading {
  reported: 'call' | 'ended' | 'nothing' | 'crashed'
  /** The session that the app joins when the user answers. */
  sessionId?: string
  /** The name on the screen. */
  caller?: string
  callerUid?: string
  callType?: 'audio' | 'video'
  /** The UUID of the call in CallKit, if the app takes it from the push. */
  uuid?: string
  why?: string
}

/** Kinds of calls that some apps cannot handle, whoever sends the push. CometChat's own pushes fail there too. */
export type Trait = 'group' | 'session is not a UUID' | 'session does not end in a UUID' | 'short session'

/** The code of one app that reads pushes. */
export interface Reader {
  name: string
  platform: 'ios' | 'android' | 'web'
  /** The settings that the app needs. It works with any value of an absent one. */
  settings: { callType?: FcmCallType; stopAction?: FcmStopAction; legacyPayload?: LegacyPayload }
  /** The stops that end its ring with those settings. It ignores the others. */
  stopsAt: readonly StopAction[]
  /** What its screen always shows, whatever the push contains. `the group` applies to group calls only. */
  alwaysShows?: { callType?: 'audio' | 'video'; caller?: 'the receiver' | 'the group' }
  /** What happens with calls that its code cannot handle. */
  cannotTake?: Partial<Record<Trait, 'crashed' | 'nothing'>>
  read(push: Push, phone: Phone): Reading
}

/** Lets an app read a push, and reports a crash as a reading. */
export function readPush(reader: Reader, push: Push, phone: Phone): Reading {
  try {
    return reader.read(push, phone)
  } catch (error) {
    if (error instanceof Crash) return { reported: 'crashed', why: error.message }
    throw error
  }
}

export const everyStop: readonly StopAction[] = [
  'cancelled',
  'unanswered',
  'rejected',
  'ended',
  'busy',
  'ongoing',
]
export const everyEnd: readonly StopAction[] = everyStop.filter(action => action !== 'ongoing')
