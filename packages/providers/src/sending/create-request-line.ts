import type { NotConnected, Seat } from './connections/create-seats.ts'
import type { ProbeResult } from './connections/send-probe.ts'
import { createHedgeBudget } from './create-hedge-budget.ts'
import { createSendingLine } from './create-sending-line.ts'
import { type Departure, listen } from './listen.ts'
import {
  isRefusedForNow,
  type NotSent,
  notConnected,
  type Outcome,
  type Withheld,
  withheld,
} from './outcome.ts'
import { type Commit, type OutgoingPush, urgencyOf } from './push-sender.ts'
import type { SenderReports } from './sender-reports.ts'

/** A request that is older than this is stuck, if a later one on another connection was answered first. */
const STUCK_MS = 3_000

/** The way of pushes to a server that answers one request at a time on each connection: HTTP/1.1. */
export interface RequestLine<Answer> {
  /**
   * Sends a push as soon as there is a connection for it, and listens until it is answered or its deadline passes. A push
   * without an answer may be sent a second time meanwhile.
   *
   * @returns the answer that counts
   */
  send(push: OutgoingPush, commit: Commit): Promise<Answer | NotSent | Withheld>
  /** Whether so many rings would leave at once. Default: 1 */
  hasRoom(rings?: number): boolean
  /** Whether a probe has shown that the server is out of reach. */
  isDown(): boolean
  /** How many pushes are under way or wait. */
  inHand(): number
  /** Waits for the pushes in hand, 5 s at most. */
  close(): Promise<void>
}

/**
 * @param options.connections how many requests may be under way, each on a connection of its own
 * @param options.extraConnections further ones for second attempts, so that they find one even if all others are stuck
 * @param options.silence what pushes are told while the server does not answer
 * @param options.probe asks the server, without a push, whether it answers, or why it cannot. Never rejects
 * @param options.onReach called with the result of the pushes while the server is out of reach, and with undefined when it answers
 * @param options.prepare gets what a push needs before it may leave. Resolves with why it cannot get it
 * @param options.seat waits for an open connection for one request
 * @param options.depart sends the push by one request, and releases the seat when it has its connection
 * @param options.outcomeOf what an answer means, or undefined if the request broke and the server said nothing
 * @param options.noAnswer the answer of a push that got none in time
 * @param options.brokenBy the answer of a push that got no connection
 * @param options.url of the server
 */
export function createRequestLine<Answer extends { kind: string }>(options: {
  connections: number
  extraConnections: number
  silence: string
  probe: () => Promise<ProbeResult>
  onReach: (refusal: NotSent | undefined) => void
  prepare?: () => Promise<NotSent | undefined>
  seat: () => Promise<Seat | NotConnected>
  depart: (push: OutgoingPush, seat: Seat) => Departure<Answer>
  outcomeOf: (answer: Answer) => Outcome | undefined
  noAnswer: Answer
  brokenBy: (code: string) => Answer | NotSent
  url: string
  reports: Pick<SenderReports, 'answered' | 'pushedAgain'>
  clock: () => number
}): RequestLine<Answer> {
  const { connections, extraConnections, silence, probe, onReach, outcomeOf, reports, clock } = options
  const budget = createHedgeBudget(clock)
  /** When each open request was sent, epoch ms, and what cancels it. */
  const open = new Map<() => void, number>()
  let reserved = 0
  let inHand = 0
  const underWay = () => open.size + reserved
  const line = createSendingLine({
    silence,
    // As many as there are connections, so that no request spends its time waiting for one.
    hasRoom: attempts => underWay() + attempts <= connections,
    async probe() {
      const result = await probe()
      if (result === true) return true
      return notConnected(result.code, options.url, { reason: result.message ?? silence })
    },
    clock,
    onReach,
  })

  /** Sends the push as soon as there is an open connection for it, if it may still leave then. */
  async function depart(push: OutgoingPush, commit: Commit) {
    const seat = await options.seat()
    if (seat.kind === 'notConnected') return seat
    let departure: Departure<Answer> | undefined
    try {
      if (await commit()) departure = options.depart(push, seat)
    } finally {
      if (!departure) seat.release()
    }
    if (!departure) return withheld
    open.set(departure.cancel, clock())
    void departure.answer.then(() => {
      open.delete(departure.cancel)
      line.admit()
    })
    return departure
  }

  /** Makes the attempt: it may use a connection. */
  async function attempt(push: OutgoingPush, commit: Commit): Promise<Answer | NotSent | Withheld> {
    const first = await withRoom(async () => (await options.prepare?.()) ?? depart(push, commit))
    if ('answer' in first) return hear(first, push, commit)
    if (first.kind !== 'notConnected') return first
    line.failed()
    return options.brokenBy(first.code)
  }

  /** Listens to the attempt that has left. */
  async function hear(first: Departure<Answer>, push: OutgoingPush, commit: Commit): Promise<Answer> {
    const sentAt = clock()
    budget.pushed()
    const { end, stop } = line.endOfListening(push.deadline)
    let isOver = false
    // The first attempt may be answered while the second one waits for a connection.
    const commitAgain = async () => !isOver && (await commit())
    const heard = await listen(first, {
      second: () => sendAgain(push, commitAgain, sentAt),
      outcomeOf,
      end,
    })
    isOver = true
    stop()
    const answer = heard?.answer ?? options.noAnswer
    const isAnswered = outcomeOf(answer) !== undefined
    budget.ended(isAnswered && heard?.by === 'first' ? clock() - sentAt : undefined, heard?.isHedged)
    if (!isAnswered) line.failed()
    else {
      line.answered()
      reports.answered(clock() - sentAt)
      if (heard?.by === 'second') onSecondWon()
    }
    return answer
  }

  /** Holds the room of one push until its request is under way. */
  async function withRoom<T>(work: () => Promise<T>): Promise<T> {
    reserved += 1
    try {
      return await work()
    } finally {
      reserved -= 1
    }
  }

  async function sendAgain(push: OutgoingPush, commit: Commit, sentAt: number) {
    if (underWay() >= connections + extraConnections || !budget.take(clock() - sentAt)) return undefined
    const second = await withRoom(() => depart(push, commit)).catch(() => undefined)
    if (!second || 'kind' in second) {
      budget.giveBack()
      return second?.kind === 'withheld' ? second : undefined
    }
    reports.pushedAgain()
    void second.answer.then(answer => {
      if (isRefusedForNow(outcomeOf(answer))) budget.giveBack()
    })
    return second
  }

  /** A later request was answered first, so connections are stuck: requests that wait for long are tried again. */
  function onSecondWon() {
    budget.won()
    for (const [cancel, sentAt] of [...open]) if (clock() - sentAt >= STUCK_MS) cancel()
  }

  return {
    async send(push, commit) {
      inHand += 1
      try {
        return await line.send({ deadline: push.deadline, urgency: urgencyOf(push) }, () =>
          attempt(push, commit).finally(line.admit),
        )
      } finally {
        inHand -= 1
      }
    },
    hasRoom: line.hasRoom,
    isDown: line.isDown,
    inHand: () => inHand,
    close: line.close,
  }
}
