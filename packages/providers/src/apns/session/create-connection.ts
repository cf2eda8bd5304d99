import type apn from '@parse/node-apn'
import { createHedgeBudget } from '../../sending/create-hedge-budget.ts'
import { createSendingLine } from '../../sending/create-sending-line.ts'
import { listen } from '../../sending/listen.ts'
import { isRefusedForNow, type Withheld, withheld } from '../../sending/outcome.ts'
import type { Commit } from '../../sending/push-sender.ts'
import { reportReach, type SenderReports } from '../../sending/sender-reports.ts'
import type { Urgency } from '../../sending/take-turns.ts'
import { type ApnsAnswer, classifyResponse, explainUnopened } from '../classify-response.ts'
import type { ApnsSession } from './apns-session.ts'
import { createSessionPair } from './create-session-pair.ts'
import type { ApnsAccount } from './open-node-apn.ts'

/** A push to one device. It is built when its turn comes. */
export interface ApnsPush {
  token: string
  /** Epoch ms. A push that still waits for its turn then is not sent. */
  deadline: number
  urgency: Urgency
  build(): apn.Notification
  commit: Commit
}

/** One attempt of a push. */
interface Use {
  session: ApnsSession
  sentAt: number
  /** The attempt was answered, or its stream broke. It does not wait on this session any more, so another one may use it. */
  hasEnded?: boolean
}

/** The connection to one of Apple's environments. */
export interface ApnsConnection {
  /** Connects now, so that the first push need not wait for it. */
  warm(): void
  /** Whether so many rings would leave at once. Default: 1 */
  hasRoom(rings?: number): boolean
  /** Whether Apple can be reached. */
  isReachable(): boolean
  /** Delivers one push when its turn comes. Rejects only if `commit` rejects or the push cannot be built. */
  send(push: ApnsPush): Promise<ApnsAnswer | Withheld>
  /** Finishes the pushes in hand, then closes, within 5 s whatever Apple does. */
  close(): Promise<void>
}

/**
 * Sends to one of Apple's environments, over two sessions.
 *
 * A push without an answer is sent once more on the other session. If that one is answered while the first session has
 * answered nothing since the push was sent, the first session is stuck. It is replaced as soon as the other one has proven
 * itself. The open pushes of the stuck session are still listened to, and are sent once more as well.
 */
export function createConnection(
  account: ApnsAccount,
  clock: () => number,
  reports: SenderReports,
): ApnsConnection {
  const budget = createHedgeBudget(clock)
  const sessions = createSessionPair(account, clock, {
    onRoom: () => line.admit(),
    onSuspicion: () => line.suspect(),
    onUnreachable: result => line.goDown(unreachable(result)),
  })
  const line = createSendingLine({
    silence: SILENCE,
    hasRoom: sessions.hasRoom,
    async probe() {
      const result = await sessions.connect()
      return result === true || unreachable(result)
    },
    clock,
    onReach: refusal => reportReach(reports, account.production ? 'production' : 'sandbox', refusal),
  })

  /** The result of the pushes while no session can be opened. */
  const unreachable = (result: ApnsAnswer) => explainUnopened(result, account.url, SILENCE)

  /** Sends the push on this session when it is open, if the push may still leave then. */
  async function depart(session: ApnsSession, { commit, build, token }: ApnsPush) {
    const place = session.reserve()
    try {
      const opened = await session.opened
      if (opened !== true) return explainUnopened(opened, account.url)
      if (!(await commit())) return withheld
      const departure = place.send(build(), token)
      sessions.check()
      return departure
    } finally {
      place.release()
    }
  }

  /** Makes the attempt: there is room for it. */
  async function attempt(push: ApnsPush): Promise<ApnsAnswer | Withheld> {
    const session = sessions.take()
    const first = await depart(session, push)
    if ('kind' in first) return first
    const sentAt = clock()
    const use: Use = { session, sentAt }
    const used = [use]
    void first.answer.then(() => {
      use.hasEnded = true
    })
    budget.pushed()
    const { end, stop } = line.endOfListening(push.deadline)
    const heard = await listen(first, {
      second: () => sendAgain(push, used),
      outcomeOf,
      end,
    })
    stop()
    const answer: ApnsAnswer = heard?.answer ?? { kind: 'broken', by: 'us', reason: 'no answer in time' }
    const isFirst = heard?.by === 'first' && answer.kind === 'answered'
    budget.ended(isFirst ? clock() - sentAt : undefined, heard?.isHedged)
    if (answer.kind !== 'answered') return answer
    line.answered()
    reports.answered(clock() - sentAt)
    if (heard?.by === 'second') {
      budget.won()
      // If only one stream of a session is stuck, the session stays.
      for (const { session, sentAt } of used) if (session.answeredAt() < sentAt) sessions.retire(session)
    }
    return answer
  }

  async function sendAgain(push: ApnsPush, used: Use[]) {
    const [first] = used
    const findOther = sessions.besides(used.filter(({ hasEnded }) => !hasEnded).map(({ session }) => session))
    if (!findOther || !first || !budget.take(clock() - first.sentAt)) return undefined
    const session = findOther()
    const second = await depart(session, push).catch(() => undefined)
    if (!second || 'kind' in second) {
      budget.giveBack()
      return second?.kind === 'withheld' ? second : undefined
    }
    reports.pushedAgain()
    const use: Use = { session, sentAt: clock() }
    used.push(use)
    void second.answer.then(answer => {
      use.hasEnded = true
      if (isRefusedForNow(outcomeOf(answer))) budget.giveBack()
    })
    // If the first attempt is answered, nobody else ends this one.
    const { end, stop } = line.endOfListening(push.deadline)
    void end.then(second.cancel)
    void second.answer.then(stop)
    return second
  }

  return {
    warm() {
      void sessions.connect()
    },
    hasRoom: line.hasRoom,
    isReachable: () => !line.isDown(),
    send(push) {
      if (!sessions.hasRoom()) sessions.hurry()
      return line.send(push, () => attempt(push))
    },
    async close() {
      await line.close()
      await sessions.close()
    },
  }
}

/** What pushes are told while Apple does not answer. */
const SILENCE = 'Apple does not answer'

/** What an answer means, or undefined if the attempt broke. */
const outcomeOf = (answer: ApnsAnswer) => (answer.kind === 'answered' ? classifyResponse(answer) : undefined)
