import { type Finding, fail, ok, warn } from '../finding.ts'
import { type CometChatAddress, createAsk } from './create-ask.ts'
import { explainFailure } from './explain-failure.ts'

/** A group that no app has: a guid may have at most 100 characters, and nobody calls a group by this name. */
const NO_GROUP = 'ringer-doctor-asks-for-a-group-that-nobody-has'

/**
 * Checks that CometChat knows the app and accepts its API key, by asking for the members of a group that does not exist: the
 * request that the worker makes for a call to a group. Asks twice if there is no answer: the first request of a process may be
 * slow. Takes at most 4 s and never rejects.
 *
 * https://www.cometchat.com/docs/articles/error-guide
 */
export async function checkApiKey(address: CometChatAddress, signal?: AbortSignal): Promise<Finding> {
  const ask = () => createAsk(address)(`/groups/${NO_GROUP}/members?perPage=1`, signal)
  const first = await ask()
  const answer = first.ok || first.status !== undefined ? first : await ask()
  const isAccepted = answer.ok || (answer.status === 404 && answer.code === 'ERR_GUID_NOT_FOUND')
  if (isAccepted) return ok('CometChat knows the app and accepts COMETCHAT_API_KEY')
  const { reason, retryable } = explainFailure(answer)
  return retryable && answer.status !== undefined ? warn(reason, LATER) : fail(reason, FIX)
}

const LATER = "run this again in a minute; if it stays, look at CometChat's status page"
const FIX =
  "compare COMETCHAT_APP_ID, COMETCHAT_REGION and COMETCHAT_API_KEY with the dashboard: the app's page, then API & Auth Keys, REST API Key"
