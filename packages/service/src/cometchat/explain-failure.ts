import type { Failure } from './create-ask.ts'

/** Whether to ask again, and in one sentence for operators what went wrong. */
export interface FailureExplanation {
  retryable: boolean
  reason: string
}

/** https://www.cometchat.com/docs/articles/error-guide */
const API_KEY_ERRORS = ['AUTH_ERR_EMPTY_APIKEY', 'AUTH_ERR_APIKEY_NOT_FOUND', 'AUTH_ERR_NO_ACCESS']
const APP_ID_ERRORS = ['AUTH_ERR_EMPTY_APPID', 'AUTH_ERR_INVALID_APPID']

/** Explains a failure that does not depend on what was asked for. */
export function explainFailure({ status, code = '', problem, held }: Failure): FailureExplanation {
  if (held)
    return { retryable: true, reason: 'CometChat was not asked: COMETCHAT_REQUESTS_PER_MINUTE is used up' }
  if (status === undefined) return { retryable: true, reason: `CometChat does not answer (${problem})` }
  const answer = `status ${status}${code && `, ${code}`}`
  if (APP_ID_ERRORS.includes(code)) {
    const reason = `CometChat does not know this app (${answer}): check COMETCHAT_APP_ID and COMETCHAT_REGION`
    return { retryable: false, reason }
  }
  if (API_KEY_ERRORS.includes(code) || status === 401 || status === 403) {
    const reason = `CometChat refused COMETCHAT_API_KEY (status ${status}): it must be a REST API key (fullAccess)`
    return { retryable: false, reason }
  }
  if (status < 300) return { retryable: true, reason: `CometChat's answer cannot be read (${problem})` }
  if (status < 400 || (status === 404 && !code)) {
    const reason = `COMETCHAT_API_URL is not the address of CometChat's REST API (${answer}): it ends in .cometchat.io/v3`
    return { retryable: false, reason }
  }
  const retryable = status === 408 || status === 429 || status >= 500
  return { retryable, reason: `CometChat answered with an error (${answer})` }
}
