import type { ApnsAnswer } from '../classify-response.ts'
import type { ApnsSession } from './apns-session.ts'
import type { ApnsAccount } from './open-node-apn.ts'
import { openSession } from './open-session.ts'

export const SESSIONS = 2

/**
 * How long after one session the other one is opened, so that a deploy does not double the handshakes, and a limit of
 * Apple's on idle time or age does not end both at once. It is opened earlier if it is needed earlier.
 */
const STAGGER_MS = 3_000
/** How often the sessions are looked at. */
const LOOK_MS = 100
/** While pushes are under way, a session that has been quiet for this long is sent a PING. */
const QUIET_MS = 500
/** How long an idle session may be quiet before it is sent a PING. Firewalls drop idle connections silently. */
const IDLE_MS = 60_000
/** When the first push of a session counts as stuck. */
const STUCK_MS = 1_000
/** How long to wait before a session is replaced that ended unproven: this long at first, then twice as long each time. */
const FIRST_BACKOFF_MS = 1_000
const LONGEST_BACKOFF_MS = 30_000

/** The two sessions with one of Apple's environments. */
export interface SessionPair {
  /** Opens a session, if none is open. Resolves with true if Apple is there, otherwise with how the connection broke. */
  connect(): Promise<true | ApnsAnswer>
  /** Opens the other session now, if it was to be opened later. */
  hurry(): void
  /** Whether so many pushes may leave now. Default: 1 */
  hasRoom(pushes?: number): boolean
  /** Returns the session for the next push. Call it only if there is room. */
  take(): ApnsSession
  /** Returns what yields the session for a second attempt: never one that the push has used. */
  besides(used: readonly ApnsSession[]): (() => ApnsSession) | undefined
  /** Replaces a session that is stuck, if the other one is proven. Its open pushes are still listened to. */
  retire(stuck: ApnsSession): void
  /** Sends a PING on each session that is quiet, because a push is under way. */
  check(): void
  /** Closes the sessions when their pushes have ended. */
  close(): Promise<void>
}

export interface SessionPairEvents {
  /** There may be more room. */
  onRoom(): void
  /** The first push of a session broke, and no other session is open. */
  onSuspicion(): void
  /** Apple cannot be reached: a session did not open, and no other one is open. None is opened before `connect`. */
  onUnreachable(result: ApnsAnswer): void
}

/**
 * Keeps two sessions open. One that is over is replaced in the background, not by the next push.
 *
 * A session that is open but not proven gets the next push, so that it is proven before a second attempt needs it. Otherwise
 * a push uses the session with most room, which is also the one that answers. No push uses a session that is still
 * connecting while another one is open.
 */
export function createSessionPair(
  account: ApnsAccount,
  clock: () => number,
  { onRoom, onSuspicion, onUnreachable }: SessionPairEvents,
): SessionPair {
  /** At most two. A session that ends is in `ending` instead. */
  const taking: ApnsSession[] = []
  const ending = new Map<ApnsSession, Promise<void>>()
  /** How many sessions in a row ended unproven. */
  let failures = 0
  let openedAt = Number.NEGATIVE_INFINITY
  let isUnreachable = false
  let isClosed = false
  let opening: NodeJS.Timeout | undefined
  let looking: NodeJS.Timeout | undefined

  function open(): ApnsSession {
    isUnreachable = false
    openedAt = clock()
    looking ??= setInterval(look, LOOK_MS).unref()
    const session = openSession(account, clock, { onOver: because => onOver(session, because), onRoom })
    taking.push(session)
    void session.opened.then(result => onOpened(session, result))
    openMissing()
    return session
  }

  /** Opens the missing session, now or when it is due. */
  function openMissing() {
    clearTimeout(opening)
    if (isClosed || taking.length >= SESSIONS) return
    const stagger = taking.length === 0 ? 0 : openedAt + STAGGER_MS - clock()
    const backoff = failures === 0 ? 0 : Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), LONGEST_BACKOFF_MS)
    const delay = Math.max(stagger, backoff)
    if (delay <= 0) open()
    else opening = setTimeout(open, delay).unref()
  }

  function onOpened(session: ApnsSession, result: true | ApnsAnswer) {
    if (result === true) {
      isUnreachable = false
      openMissing()
      return onRoom()
    }
    if (!remove(session)) return
    // One that is still connecting does not count: second attempts could open another one each second, for ever.
    if (taking.some(({ isOpen }) => isOpen())) {
      openMissing()
      return onRoom()
    }
    clearTimeout(opening)
    isUnreachable = true
    failures = 0
    onUnreachable(result)
  }

  function onOver(session: ApnsSession, because: 'push' | 'connection') {
    if (!remove(session)) return
    openMissing()
    if (because === 'push' && !taking.some(({ isOpen }) => isOpen())) onSuspicion()
    else onRoom()
  }

  /** Takes the session out of use. It closes when its pushes have ended. */
  function remove(session: ApnsSession): boolean {
    const index = taking.indexOf(session)
    if (index === -1) return false
    taking.splice(index, 1)
    failures = session.isProven() ? 0 : failures + 1
    ending.set(
      session,
      session.end().finally(() => ending.delete(session)),
    )
    return true
  }

  function look() {
    const all = [...taking, ...ending.keys()]
    const waitingSince = Math.min(...all.map(session => session.waitingSince() ?? Number.POSITIVE_INFINITY))
    for (const session of all) session.pingIfQuiet(waitingSince < clock() ? QUIET_MS : IDLE_MS)
    // A second attempt may need the other session soon.
    if (waitingSince <= clock() - QUIET_MS) hurry()
  }

  function hurry() {
    if (taking.length === 1 && failures === 0) open()
  }

  /** The sessions that the next push may use. */
  function usable(): ApnsSession[] {
    const opened = taking.filter(session => session.isOpen())
    return (opened.length > 0 ? opened : taking).filter(session => session.room() > 0)
  }

  return {
    async connect() {
      if (taking.some(session => session.isOpen())) return true
      return (taking.find(session => !session.isOver()) ?? open()).opened
    },
    hurry,
    hasRoom(pushes = 1) {
      if (taking.length === 0) return !isUnreachable
      // As `usable`, without lists: every claim asks several times.
      const isAnyOpen = taking.some(session => session.isOpen())
      return taking.some(session => (!isAnyOpen || session.isOpen()) && session.room() >= pushes)
    },
    take() {
      const sessions = usable()
      return sessions.find(session => !session.isProven()) ?? mostRoom(sessions) ?? open()
    },
    besides(used) {
      if (isUnreachable) return undefined
      const others = taking.filter(session => !used.includes(session))
      const free = others.filter(session => session.room() > 0)
      const best =
        mostRoom(free.filter(session => session.isProven())) ??
        free.find(session => session.isOpen()) ??
        free[0]
      if (best) return () => best
      if (taking.length < SESSIONS) return open
      const stuck = others.find(session => !session.isProven() && isWaitingFor(session, STUCK_MS))
      if (!stuck) return undefined
      return () => {
        remove(stuck)
        return open()
      }
    },
    retire(stuck) {
      const isReplaceable = taking.some(other => other !== stuck && other.isProven() && other.isOpen())
      if (isReplaceable && remove(stuck)) openMissing()
    },
    check() {
      for (const session of taking) session.pingIfQuiet(QUIET_MS)
    },
    async close() {
      isClosed = true
      clearTimeout(opening)
      clearInterval(looking)
      for (const session of [...taking]) remove(session)
      await Promise.all(ending.values())
    },
  }

  function isWaitingFor(session: ApnsSession, ms: number) {
    const since = session.waitingSince()
    return since !== undefined && since <= clock() - ms
  }
}

/** The session with most room, the first one of these. */
const mostRoom = (sessions: ApnsSession[]): ApnsSession | undefined =>
  sessions.reduce<ApnsSession | undefined>(
    (best, session) => (best && best.room() >= session.room() ? best : session),
    undefined,
  )
