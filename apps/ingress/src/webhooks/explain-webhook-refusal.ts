import type { RefusalReason } from '../trust/refusal-reason.ts'
import { isRightLogin, isUser, type Proof, readLogin, type WebhookCredentials } from './verify-webhook.ts'

/**
 * Says why `verifyWebhook` refuses a request, for the log. With several apps the reason is about all of them together: a user
 * name is unknown if no app has it.
 */
export function explainWebhookRefusal(
  credentials: readonly WebhookCredentials[],
  { authorization, signature }: Proof,
): RefusalReason {
  const logins = credentials.flatMap(({ logins }) => logins)
  const secrets = credentials.flatMap(({ secrets }) => secrets)
  if (authorization !== undefined && logins.length > 0) {
    const given = readLogin(authorization)
    if (given === undefined) return 'malformed_credentials'
    // Both are computed for every login, so that the time it takes does not tell whether the user name is known.
    const [isKnown, isRight] = [isUser(logins, given), isRightLogin(logins, given)]
    if (!isRight) return isKnown ? 'wrong_password' : 'unknown_user'
  }
  if (signature !== undefined && secrets.length > 0) return 'wrong_signature'
  if (signature !== undefined) return 'signature_without_configured_secret'
  return authorization === undefined ? 'no_credentials' : 'login_without_configured_user'
}
