import type apn from '@parse/node-apn'
import { ProxyError } from '@ringer/service'
import { createTimeLimit } from '../../sending/create-time-limit.ts'
import type { Departure } from '../../sending/listen.ts'
import { type NotSent, notSent } from '../../sending/outcome.ts'
import type { ApnsAnswer, GivenUp } from '../classify-response.ts'
import type { ApnsSession, SessionEvents } from './apns-session.ts'
import { checkConnection, silence } from './check-connection.ts'
import { type ApnsAccount, openNodeApn } from './open-node-apn.ts'
import { type Sending, sendOnce } from './send-once.ts'

/** How long a session may take to open before it is given up. */
const connectLimit = createTimeLimit(2_000)
/**
 * How long a PING may take before the session counts as dead. Together with the 500 ms before it is sent: a ring that meets
 * a dead session is sent on another one within 1 s.
 */
const pingLimit = createTimeLimit(400)
/** Apple allows 1,000 streams. More would not be faster, and thousands exhaust the memory of the session. */
const MAX_UNDER_WAY = 1_000

/**
 * Opens a node-apn Provider, which is one HTTP/2 session, and adds what node-apn lacks. By itself, node-apn sends a push
 * again at once when Apple asks it to wait (`connectionRetryLimit` counts these re-sends; we want none), never notices a
 * connection that went silent, and opens more streams than Apple allows before the first push is accepted.
 *
 * The session connects at once. If its first push breaks, the session is over.
 */
export function openSession(
  account: ApnsAccount,
  clock: () => number,
  { onOver, onRoom }: SessionEvents,
): ApnsSession {
  const { provider, client } = openNodeApn(account)
  // node-apn destroys a session after a GOAWAY or a 500, with all other pushes on it. A session that is closed instead
  // takes no new pushes and finishes those under way.
  client.closeAndDestroySession = async session => {
    session?.close()
    markOver()
  }

  /** Each push under way, with the time at which it was sent. */
  const underWay = new Map<Sending, number>()
  let reserved = 0
  let open = false
  let proven = false
  let over = false
  let ending = false
  let pinging = false
  let heardAt = Number.NEGATIVE_INFINITY
  let answeredAt = Number.NEGATIVE_INFINITY
  let onDrained = () => {}

  const isOver = () =>
    over || (client.session !== undefined && (client.session.closed || client.session.destroyed))
  const endConnectLimit = connectLimit.start(() => giveUp('the connection does not answer'))
  let unopened: ApnsAnswer = silence
  const connected = client.connect().catch((error: unknown) => {
    if (error instanceof ProxyError)
      unopened = { kind: 'broken', by: 'proxy', message: error.message, code: error.code }
  })
  const opened = connected.then(async () => {
    const { session } = client
    session?.once('close', () => markOver())
    const result = session ? await checkConnection(session) : unopened
    if (result !== true) {
      // The pushes under way break by themselves, with the reason. If they do not, the limit gives them up.
      markOver()
      return result
    }
    endConnectLimit()
    open = true
    heardAt = clock()
    if (over) tellOver('connection')
    return true
  })

  function markOver(because: 'push' | 'connection' = 'connection') {
    if (over) return
    over = true
    // One that has not opened says so by `opened`.
    if (open) tellOver(because)
  }

  function tellOver(because: 'push' | 'connection') {
    if (!ending) onOver(because)
  }

  /** Ends the session at once. Its open pushes count as broken. */
  function giveUp(because: GivenUp) {
    markOver()
    for (const sending of [...underWay.keys()]) sending.giveUp(because)
    client.session?.destroy()
  }

  function onEnd(sending: Sending, { kind }: ApnsAnswer) {
    underWay.delete(sending)
    if (kind === 'answered') {
      proven = true
      answeredAt = clock()
      heardAt = answeredAt
    } else if (!proven) {
      markOver('push')
    }
    onFreed()
  }

  function onFreed() {
    if (underWay.size + reserved === 0) onDrained()
    onRoom()
  }

  /** Apple allows one stream until it has accepted the first push. After its first answer its limit is known. */
  function limit() {
    const allowed = proven ? (client.session?.remoteSettings.maxConcurrentStreams ?? MAX_UNDER_WAY) : 1
    return Math.max(1, Math.min(allowed, MAX_UNDER_WAY))
  }

  function send(notification: apn.Notification, token: string): Departure<ApnsAnswer> | NotSent {
    // node-apn would open another connection.
    if (isOver()) return notSent('the connection was closed')
    if (underWay.size >= limit()) return notSent('the connection has no more room')
    const sending = sendOnce(provider, { notification, token }, clock)
    underWay.set(sending, clock())
    const answer = sending.answer.then(known => {
      onEnd(sending, known)
      return known
    })
    return { answer, cancel: () => sending.giveUp('no answer in time') }
  }

  return {
    opened,
    isOpen: () => open && !isOver(),
    isProven: () => proven,
    isOver,
    room() {
      return isOver() ? 0 : Math.max(0, limit() - underWay.size - reserved)
    },
    reserve() {
      reserved += 1
      let isHeld = true
      const release = () => {
        if (!isHeld) return
        isHeld = false
        reserved -= 1
      }
      return {
        release() {
          release()
          onFreed()
        },
        send(notification, token) {
          const departure = send(notification, token)
          release()
          return departure
        },
      }
    },
    waitingSince: () => underWay.values().next().value,
    answeredAt: () => answeredAt,
    pingIfQuiet(quietMs) {
      const { session } = client
      if (pinging || !open || isOver() || !session || clock() - heardAt < quietMs) return
      pinging = true
      const endLimit = pingLimit.start(() => giveUp('the connection went silent'))
      session.ping(error => {
        pinging = false
        endLimit()
        if (!error) heardAt = clock()
      })
    },
    async end() {
      ending = true
      await new Promise<void>(resolve => {
        onDrained = resolve
        if (underWay.size + reserved === 0) resolve()
      })
      await connected
      endConnectLimit()
      const { session } = client
      // A socket whose other end is silent must not keep the process alive.
      if (session?.connecting) session.destroy()
      else if (session && !session.destroyed) session.unref()
      provider.shutdown()
    },
  }
}
