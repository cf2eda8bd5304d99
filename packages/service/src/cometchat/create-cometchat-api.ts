import { type CometChatAddress, createAsk } from './ask-cometchat.ts'
import { createAuthTokenChecker } from './create-auth-token-checker.ts'
import { createMemberLister } from './create-member-lister.ts'
import type { MemberList } from './list-pages.ts'
import type { AuthTokenCheck } from './read-token-answer.ts'

/** What Ringer asks of CometChat. Neither method rejects, and no reason holds the API key or an auth token. */
export interface CometChatApi {
  /**
   * Whom a call to a group rings: its members, at most 1,000, the caller among them. Ends by `deadline`, in epoch ms,
   * and is then retryable like every failure that may pass. Lists of the last 5 s are given again.
   */
  listMembers(guid: string, deadline: number): Promise<MemberList>
  /**
   * Whose an auth token is, within 2 s. A token says its uid itself, in its usual form; `uid` is whom to ask about when
   * it does not. The uid in the answer is CometChat's, and need not be the one given. What was accepted in the last
   * 5 minutes or refused in the last 30 s is not asked again.
   */
  checkAuthToken(authToken: string, uid: string | undefined): Promise<AuthTokenCheck>
}

/**
 * Makes a client of CometChat's REST API. https://www.cometchat.com/docs/rest-api/chat-apis
 *
 * @param clock now, in epoch ms
 */
export function createCometChatApi(address: CometChatAddress, clock: () => number = Date.now): CometChatApi {
  const ask = createAsk(address)
  return {
    listMembers: createMemberLister(ask, clock),
    checkAuthToken: createAuthTokenChecker(ask, clock),
  }
}
