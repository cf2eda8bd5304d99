import type apn from '@parse/node-apn'
import { createTimeLimit } from '../create-time-limit.ts'
import type { ApnsAnswer } from './classify-response.ts'
import { type ApnsAccount, openProvider } from './open-provider.ts'
import { type Sending, sendOnce } from './send-once.ts'

/** An attempt that has not been answered by then is given up. */
export const ATTEMPT_LIMIT_MS = 2_000
/** While pushes are under way, a session that was not heard of for so long is asked whether it lives… */
const QUIET_MS = 500
/** …and has so long to say yes: the ring that finds it dead leaves on a fresh one within 1 s. */
const PING_LIMIT_MS = 400
/** A session that only ever answers such questions is of no use either. */
const STUCK_MS = 5_000
/** More streams at once do not make it faster, and thousands exhaust the session's memory. */
const MOST_UNDER_WAY = 500

/** One HTTP/2 session with Apple, opened by its first push. */
export interface ApnsSession {
  /** Makes one attempt; settles within ATTEMPT_LIMIT_MS and never rejects. */
  send(notification: apn.Notification, token: string): Promise<ApnsAnswer>
  /** Whether one more push may be under way now. */
  hasRoom(): boolean
  /** Whether Apple has answered a push on it. */
  isProven(): boolean
  /** Whether it takes no more pushes: closed, broken or silent. Those under way may still be answered. */
  isOver(): boolean
  /** Lets what is under way end, then closes. */
  end(): Promise<void>
}

/**
 * Opens a node-apn Provider, which is one HTTP/2 session, and looks after what node-apn does not: it would hammer a
 * provider that asks for time (`connectionRetryLimit` counts its own re-sends, none of which are wanted), never notice
 * that the other end went silent, and open more streams than Apple allows before the first push was accepted.
 */
export function openApnsSession(account: ApnsAccount, clock: () => number): ApnsSession {
  const { provider, client } = openProvider(account)
  // node-apn destroys a session that is going away, or that answered one push with 500, and all the others' pushes with
  // it. Closed, it lets them end and takes no new ones.
  client.closeAndDestroySession = async session => session?.close()

  const attemptLimit = createTimeLimit(ATTEMPT_LIMIT_MS)
  const pingLimit = createTimeLimit(PING_LIMIT_MS)
  const underWay = new Set<Sending>()
  let proven = false
  let silent = false
  let pinging = false
  let heardAt = Number.NEGATIVE_INFINITY
  /** Since when pushes have been without any answer; undefined while none is. */
  let unansweredSince: number | undefined
  let watch: NodeJS.Timeout | undefined

  const isOver = () =>
    silent || (client.session !== undefined && (client.session.closed || client.session.destroyed))

  function giveUp(why: string) {
    silent = true
    for (const sending of [...underWay]) sending.giveUp(why)
    client.session?.destroy()
  }

  /** A session that is still connecting cannot be asked; its first push has its limit. */
  function askIfQuiet() {
    const { session } = client
    if (pinging || isOver() || !session || session.connecting || clock() - heardAt < QUIET_MS) return
    pinging = true
    const endLimit = pingLimit.start(() => giveUp('the connection went silent'))
    session.ping(error => {
      pinging = false
      endLimit()
      if (!error) heardAt = clock()
    })
  }

  function onStart(sending: Sending) {
    underWay.add(sending)
    unansweredSince ??= clock()
    watch ??= setInterval(askIfQuiet, QUIET_MS)
    if (proven) askIfQuiet()
  }

  function onEnd(sending: Sending, { status }: ApnsAnswer) {
    underWay.delete(sending)
    if (status !== undefined) {
      proven = true
      heardAt = clock()
      unansweredSince = undefined
    } else if (!isOver() && (!isConnected() || clock() - (unansweredSince ?? clock()) >= STUCK_MS)) {
      giveUp('the connection does not answer')
    }
    if (underWay.size === 0) {
      clearInterval(watch)
      watch = undefined
    }
  }

  const isConnected = () => client.session !== undefined && !client.session.connecting

  return {
    async send(notification, deviceToken) {
      const sending = sendOnce(provider, { notification, token: deviceToken }, attemptLimit, clock)
      onStart(sending)
      const answer = await sending.answer
      onEnd(sending, answer)
      return answer
    },
    hasRoom() {
      // Apple allows one stream until the first push was accepted; once it has answered, its limit is known.
      const limit = proven ? (client.session?.remoteSettings.maxConcurrentStreams ?? MOST_UNDER_WAY) : 1
      return underWay.size < Math.max(1, Math.min(limit, MOST_UNDER_WAY))
    },
    isProven: () => proven,
    isOver,
    async end() {
      await Promise.all(Array.from(underWay, ({ answer }) => answer))
      // A socket whose other end says nothing any more must not keep the process.
      if (client.session && !client.session.destroyed) client.session.unref()
      provider.shutdown()
    },
  }
}
