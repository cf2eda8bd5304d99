import type { OutageLog } from '../signals/create-outage-log.ts'
import { type Ask, type CometChatAddress, createAsk } from './create-ask.ts'
import { createAuthTokenChecker } from './create-auth-token-checker.ts'
import { createCallBudget, type ShareCalls } from './create-call-budget.ts'
import { createLoginChecker, type LoginChecker } from './create-login-checker.ts'
import type { LookupCaller } from './create-lookup-gate.ts'
import { createMemberLister } from './create-member-lister.ts'
import type { MemberList } from './fetch-members.ts'
import type { AuthTokenCheck } from './read-token-answer.ts'

/** What Ringer asks CometChat for. No method rejects, and no reason contains the API key or an auth token. */
export interface CometChatApi {
  /**
   * Lists the members of a group: at most 1,000, including the caller. Ends by `deadline` (epoch ms) with a failure that is
   * retryable, like every failure that may pass. A list is cached for 5 s.
   */
  listMembers(guid: string, deadline: number): Promise<MemberList>
  /**
   * Finds the user of an auth token, within 2 s. A token in the usual form names its user; for any other token, CometChat is
   * asked about `uid`. The uid in the result is CometChat's and may differ from the one given. An accepted token is cached
   * for 5 minutes, a refused one for 30 s.
   */
  checkAuthToken(authToken: string, uid: string | undefined, caller: LookupCaller): Promise<AuthTokenCheck>
  logins: LoginChecker
}

/** Where CometChat's REST API is, and how often it may be asked. */
export interface CometChatApiOptions extends CometChatAddress {
  /** COMETCHAT_REQUESTS_PER_MINUTE. Default: 5,000. */
  requestsPerMinute?: number
}

/**
 * Half of what CometChat allows an app for logins and the like, because the app's own users need the other half.
 * https://www.cometchat.com/docs/articles/rate-limits
 */
const REQUESTS_PER_MINUTE = 5_000

/**
 * Creates a client of CometChat's REST API. https://www.cometchat.com/docs/rest-api/chat-apis
 *
 * @param clock now, in epoch ms
 * @param share counts the requests of all processes together
 * @param outage learns whether CometChat answers. Default: nobody does
 */
export function createCometChatApi(
  { requestsPerMinute = REQUESTS_PER_MINUTE, ...address }: CometChatApiOptions,
  clock: () => number = Date.now,
  share?: ShareCalls,
  outage?: OutageLog,
): CometChatApi {
  const send = createAsk(address, clock)
  const ask: Ask = async (path, signal) => {
    const answer = await send(path, signal)
    if (answer.ok || (answer.status ?? 500) < 500) outage?.worked()
    else
      outage?.failed(
        answer.status === undefined ? (answer.problem ?? 'no answer') : `status ${answer.status}`,
      )
    return answer
  }
  const budget = createCallBudget(requestsPerMinute, clock, share)
  const askForMembers: Ask = async (path, signal) => {
    const waitMs = budget.take('members')
    return waitMs === 0 ? ask(path, signal) : { ok: false, held: true, retryAfterMs: waitMs }
  }
  return {
    listMembers: createMemberLister(askForMembers, clock),
    checkAuthToken: createAuthTokenChecker(ask, budget, clock),
    logins: createLoginChecker(ask, budget, clock),
  }
}
