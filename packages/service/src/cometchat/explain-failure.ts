import type { Failure } from './ask-cometchat.ts'

/** Whether to ask again, and why not, or why at all, in one sentence for whoever runs Ringer. */
export interface Explanation {
  retryable: boolean
  reason: string
}

/** https://www.cometchat.com/docs/articles/error-guide */
const ABOUT_THE_KEY = ['AUTH_ERR_EMPTY_APIKEY', 'AUTH_ERR_APIKEY_NOT_FOUND', 'AUTH_ERR_NO_ACCESS']
const ABOUT_THE_APP = ['AUTH_ERR_EMPTY_APPID', 'AUTH_ERR_INVALID_APPID']

/** What a failure means that has nothing to do with what was asked. */
export function explainFailure({ status, code = '', problem }: Failure): Explanation {
  if (status === undefined) return { retryable: true, reason: `CometChat does not answer (${problem})` }
  const said = `status ${status}${code && `, ${code}`}`
  if (ABOUT_THE_APP.includes(code)) {
    const reason = `CometChat knows no such app (${said}): check COMETCHAT_APP_ID and COMETCHAT_REGION`
    return { retryable: false, reason }
  }
  if (ABOUT_THE_KEY.includes(code) || status === 401 || status === 403) {
    const reason = `CometChat refused COMETCHAT_API_KEY (status ${status}): it must be a REST API key (fullAccess)`
    return { retryable: false, reason }
  }
  if (status < 300) return { retryable: true, reason: `CometChat's answer cannot be read (${problem})` }
  if (status < 400 || (status === 404 && !code)) {
    const reason = `COMETCHAT_API_URL is not the address of CometChat's REST API (${said}): it ends in .cometchat.io/v3`
    return { retryable: false, reason }
  }
  const retryable = status === 408 || status === 429 || status >= 500
  return { retryable, reason: `CometChat did not answer what was asked (${said})` }
}
