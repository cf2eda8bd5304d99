import { type CometChatAddress, createAsk } from './create-ask.ts'
import { createAuthTokenChecker } from './create-auth-token-checker.ts'
import { createMemberLister } from './create-member-lister.ts'
import type { MemberList } from './fetch-members.ts'
import type { AuthTokenCheck } from './read-token-answer.ts'

/** What Ringer asks CometChat for. Neither method rejects, and no reason contains the API key or an auth token. */
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
  checkAuthToken(authToken: string, uid: string | undefined): Promise<AuthTokenCheck>
}

/**
 * Creates a client of CometChat's REST API. https://www.cometchat.com/docs/rest-api/chat-apis
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
