import type { FcmCallType, FcmStopAction, LegacyPayload, StopAction } from '@ringer/payloads'
import { Crash } from './casts.ts'

/** A push as the app's code is given it: the whole dictionary on an iPhone, the data map on Android. */
export type Push = Readonly<Record<string, unknown>>

/** What the app remembers from one push to the next. Rings of a phone that is locked, its app in the background. */
export interface Phone {
  /** The session that it rings for. */
  ringing?: string | undefined
}

/** What an app does upon a push. On an iPhone `nothing` is a fault: iOS ends an app that reports no call. */
export interface Reading {
  reported: 'call' | 'ended' | 'nothing' | 'crashed'
  /** What joins the call. */
  sessionId?: string
  /** What the screen says. */
  caller?: string
  callerUid?: string
  callType?: 'audio' | 'video'
  /** What the call is called in CallKit, where the app takes it from the push. */
  uuid?: string
  why?: string
}

/** Kinds of calls that not every app's own code can take, whoever sends the push: CometChat's own pushes do no better. */
export type Trait = 'group' | 'session is no UUID' | 'session ends in no UUID' | 'short session'

/** One of the apps in the field, as far as it reads pushes. */
export interface Reader {
  name: string
  platform: 'ios' | 'android'
  /** The settings that its kind of app needs; what is absent makes no difference to it. */
  settings: { callType?: FcmCallType; stopAction?: FcmStopAction; legacyPayload?: LegacyPayload }
  /** Which stops end its ring, with those settings; it passes over the others. */
  stopsAt: readonly StopAction[]
  /** What its screen says whatever the push says; `the group` where one is called. */
  alwaysShows?: { callType?: 'audio' | 'video'; caller?: 'the receiver' | 'the group' }
  /** What becomes of the calls that its own code cannot take. */
  cannotTake?: Partial<Record<Trait, 'crashed' | 'nothing'>>
  read(push: Push, phone: Phone): Reading
}

/** Lets an app read a push, and sees it die. */
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
