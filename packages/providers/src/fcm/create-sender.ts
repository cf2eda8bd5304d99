import type { SenderContext } from '../provider.ts'
import { CONNECTIONS, EXTRA_CONNECTIONS } from '../sending/connections/watchful-agent.ts'
import { createRequestLine } from '../sending/create-request-line.ts'
import { type NotSent, notConnected, notSent } from '../sending/outcome.ts'
import type { PushSender } from '../sending/push-sender.ts'
import { noReports, reportCredentials, reportReach } from '../sending/sender-reports.ts'
import { describeFailure, isAccountRefused, NoAccessTokenError } from './access-token.ts'
import { buildPush } from './build-push.ts'
import { classifyResponse, type FcmAnswer } from './classify-response.ts'
import { createClient } from './create-client.ts'
import { wordsOf } from './explain-account.ts'
import type { FcmSettings } from './fcm-settings.ts'
import { noAnswer, sendOnce } from './send-once.ts'

/** How long a push waits if there is no access token for it. */
const TOKEN_RETRY_MS = 1_000

/** Sends pushes to Android phones. */
export function createFcmSender(
  settings: FcmSettings,
  { legacyPayload, stateUrlOf, clock, proxyUrl, reports = noReports }: SenderContext,
): PushSender {
  const client = createClient(settings, clock, { reports, proxyUrl })
  const { agent, accessTokens } = client
  const line = createRequestLine<FcmAnswer>({
    connections: CONNECTIONS,
    extraConnections: EXTRA_CONNECTIONS,
    silence: 'FCM does not answer',
    probe: () => agent.probe(),
    onReach: refusal => reportReach(reports, 'pushes', refusal),
    prepare: waitForAccessToken,
    // The message's ttl is what is left now.
    seat: () => agent.seat(),
    depart: (push, seat) =>
      sendOnce(client, buildPush(push, { ...settings, legacyPayload, stateUrlOf }, clock()), seat, clock),
    outcomeOf,
    noAnswer,
    brokenBy: code => notConnected(code, settings.url),
    url: settings.url,
    reports,
    clock,
  })
  let closing: Promise<void> | undefined

  async function waitForAccessToken(): Promise<NotSent | undefined> {
    try {
      await accessTokens.getAccessToken()
      return undefined
    } catch (error) {
      const reason = describeFailure(error)
      const { refusal, code } = error instanceof NoAccessTokenError ? error : {}
      if (isAccountRefused(error) && refusal) {
        const cause = { kind: 'account' as const, words: wordsOf(refusal) }
        return notSent(reason, { why: 'provider-credentials', cause, isFinal: true })
      }
      const retryAfterMs = TOKEN_RETRY_MS
      return code
        ? notConnected(code, settings.tokenUrl, { reason, retryAfterMs })
        : notSent(reason, { retryAfterMs })
    }
  }

  async function close(): Promise<void> {
    await line.close()
    await client.close()
  }

  return {
    async send(push, commit) {
      const answer = await line.send(push, commit)
      if (answer.kind === 'withheld') return answer
      const outcome = classifyResponse(answer)
      if (answer.kind === 'answered') reportCredentials(reports, 'pushes', outcome)
      return outcome
    },
    hasRoom: (_device, rings) => (accessTokens.isReady() || accessTokens.isRefused()) && line.hasRoom(rings),
    isReachable: () => !line.isDown(),
    close() {
      closing ??= close()
      return closing
    },
  }
}

/** What an answer means, or undefined if the attempt broke. */
const outcomeOf = (answer: FcmAnswer) => (answer.kind === 'answered' ? classifyResponse(answer) : undefined)
