import type { SenderContext } from '../provider.ts'
import { createHedgeBudget } from '../sending/create-hedge-budget.ts'
import { createSendingLine } from '../sending/create-sending-line.ts'
import { listen } from '../sending/listen.ts'
import { isRefusedForNow, type NotSent, type Withheld, withheld } from '../sending/outcome.ts'
import { type Commit, type OutgoingPush, type PushSender, urgencyOf } from '../sending/push-sender.ts'
import { noReports, reportCredentials, reportReach } from '../sending/sender-reports.ts'
import { describeFailure, isAccountRefused } from './access-token.ts'
import { buildPush } from './build-push.ts'
import { classifyResponse, type FcmAnswer } from './classify-response.ts'
import { createClient } from './create-client.ts'
import { CONNECTIONS, EXTRA_CONNECTIONS } from './fcm-agent.ts'
import type { FcmSettings } from './fcm-settings.ts'
import { sendOnce } from './send-once.ts'

/** How long a push waits if there is no access token for it. */
const TOKEN_RETRY_MS = 1_000

/** A request that is older than this is stuck, if a later one on another connection was answered first. */
const STUCK_MS = 3_000

/** Sends pushes to Android phones. */
export function createFcmSender(
  settings: FcmSettings,
  { legacyPayload, stateUrlOf, clock, reports = noReports }: SenderContext,
): PushSender {
  const client = createClient(settings, clock, reports)
  const { agent, accessTokens } = client
  const budget = createHedgeBudget(clock)
  /** When each open request was sent, epoch ms, and what cancels it. */
  const open = new Map<() => void, number>()
  let reserved = 0
  const underWay = () => open.size + reserved
  const line = createSendingLine({
    silence: 'FCM does not answer',
    // As many as there are connections, so that no request spends its time waiting for one.
    hasRoom: () => underWay() < CONNECTIONS,
    probe: async () => (await agent.probe()) || undefined,
    clock,
    onReach: refusal => reportReach(reports, 'pushes', refusal),
  })
  let closing: Promise<void> | undefined

  /** Sends the push, if it may still leave. Its ttl is what is left now. */
  async function depart(push: OutgoingPush, commit: Commit) {
    if (!(await commit())) return withheld
    const message = buildPush(push, { ...settings, legacyPayload, stateUrlOf }, clock())
    const departure = sendOnce(client, message, clock)
    open.set(departure.cancel, clock())
    void departure.answer.then(() => {
      open.delete(departure.cancel)
      line.admit()
    })
    return departure
  }

  /** Makes the attempt: there is a connection for it. */
  async function attempt(push: OutgoingPush, commit: Commit): Promise<FcmAnswer | Withheld> {
    const first = await withRoom(async () => (await waitForAccessToken()) ?? depart(push, commit))
    if ('kind' in first) return first
    const sentAt = clock()
    budget.pushed()
    const { end, stop } = line.endOfListening(push.deadline)
    const heard = await listen(first, {
      second: () => sendAgain(push, commit, sentAt),
      outcomeOf,
      end,
    })
    stop()
    const answer: FcmAnswer = heard?.answer ?? { kind: 'broken', by: 'us', reason: 'no answer in time' }
    const isFirst = heard?.by === 'first' && answer.kind === 'answered'
    budget.ended(isFirst ? clock() - sentAt : undefined, heard?.isHedged)
    if (answer.kind !== 'answered') line.failed()
    else {
      line.answered()
      reports.answered(clock() - sentAt)
      if (heard?.by === 'second') onSecondWon()
    }
    return answer
  }

  async function waitForAccessToken(): Promise<NotSent | undefined> {
    try {
      await accessTokens.getAccessToken()
      return undefined
    } catch (error) {
      const reason = describeFailure(error)
      const why = 'provider-credentials'
      if (isAccountRefused(error)) return { kind: 'notSent', reason, why, isFinal: true }
      return { kind: 'notSent', reason, retryAfterMs: TOKEN_RETRY_MS }
    }
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
    if (underWay() >= CONNECTIONS + EXTRA_CONNECTIONS || !budget.take(clock() - sentAt)) return undefined
    const second = await withRoom(() => depart(push, commit)).catch(() => undefined)
    if (!second || 'kind' in second) {
      budget.giveBack()
      return second
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

  async function close(): Promise<void> {
    await line.close()
    await client.close()
  }

  return {
    async send(push, commit) {
      const { deadline } = push
      const answer = await line.send({ deadline, urgency: urgencyOf(push) }, () =>
        attempt(push, commit).finally(line.admit),
      )
      if (answer.kind === 'withheld') return answer
      const outcome = classifyResponse(answer)
      if (answer.kind === 'answered') reportCredentials(reports, 'pushes', outcome)
      return outcome
    },
    hasRoom: () => (accessTokens.isReady() || accessTokens.isRefused()) && line.hasRoom(),
    isReachable: () => !line.isDown(),
    close() {
      closing ??= close()
      return closing
    },
  }
}

/** What an answer means, or undefined if the attempt broke. */
const outcomeOf = (answer: FcmAnswer) => (answer.kind === 'answered' ? classifyResponse(answer) : undefined)
