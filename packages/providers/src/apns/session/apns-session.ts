import type apn from '@parse/node-apn'
import type { Departure } from '../../sending/listen.ts'
import type { NotSent } from '../../sending/outcome.ts'
import type { ApnsAnswer } from '../classify-response.ts'

/** Room for one push on a session. It counts as under way until it is released, or its push is answered. */
export interface Place {
  /**
   * Sends the push. It stays open until Apple answers, the session ends, or it is cancelled. It is not sent if the session is
   * over, or Apple has lowered its limit of streams meanwhile: then its bytes would wait, although the call may end.
   */
  send(notification: apn.Notification, token: string): Departure<ApnsAnswer> | NotSent
  /** Gives the room back: nothing is sent. */
  release(): void
}

/** One HTTP/2 session with Apple. */
export interface ApnsSession {
  /**
   * Resolves with true when Apple has answered a PING on it, otherwise with how the connection broke. Never rejects, and
   * takes 2 s at most.
   */
  opened: Promise<true | ApnsAnswer>
  /** Whether Apple has answered on it, and it is not over. */
  isOpen(): boolean
  /** Whether Apple has answered a push on it. */
  isProven(): boolean
  /** Whether it takes no more pushes: closed, broken or silent. Pushes under way may still be answered. */
  isOver(): boolean
  /** How many more pushes may be under way now. */
  room(): number
  /** Takes room for one push. Call it only if there is room. */
  reserve(): Place
  /** When the oldest push that is under way was sent, epoch ms. */
  waitingSince(): number | undefined
  /** When Apple answered a push last, epoch ms. */
  answeredAt(): number
  /** Sends a PING if nothing was heard for this long. If it is not answered in time, the session is over. */
  pingIfQuiet(quietMs: number): void
  /** Waits for the pushes under way, then closes. */
  end(): Promise<void>
}

export interface SessionEvents {
  /**
   * The session is over after it was open. Not called after `end`.
   *
   * @param because `push`: its first push broke
   */
  onOver(because: 'push' | 'connection'): void
  /** There may be more room. */
  onRoom(): void
}
