import { type Explanation, type Finding, fail, ok, warn } from '@ringer/service'
import type { Outcome } from '../sending/outcome.ts'
import type { AccessTokenRefusal, NoAccessTokenError } from './access-token.ts'
import type { FcmSettings } from './fcm-settings.ts'

/** How to replace a key that does not work. */
export const NEW_KEY =
  "create a new key in Firebase's console (Project settings → Service accounts) and set GOOGLE_APPLICATION_CREDENTIALS to the file"
const IAM = "Google Cloud's console (IAM & Admin → Service Accounts)"

/**
 * What Google's refusals of a token request mean: its code and its sentence are matched, because it has one code for most.
 * https://developers.google.com/identity/protocols/oauth2/service-account#error-codes
 */
const refusals: readonly { words: RegExp; sentence: string; fix: string }[] = [
  {
    words: /signature/i,
    sentence: 'Google does not know the private key: it was deleted, or belongs to another service account',
    fix: NEW_KEY,
  },
  {
    words: /account not found|deleted_client|was deleted/i,
    sentence: 'the service account does not exist any more',
    fix: NEW_KEY,
  },
  {
    // "Robot is disabled." is Google's sentence for a service account that is switched off.
    words: /disabled/i,
    sentence: 'the service account is disabled',
    fix: `enable it in ${IAM}`,
  },
  {
    words: /timeframe|\biat\b|\bexp\b|short-lived/i,
    sentence: 'Google finds the time in the request wrong: the clock of this machine is off',
    fix: 'run NTP on this machine',
  },
]

/** Google's words about why it grants no token. */
export const wordsOf = ({ status, error, description }: AccessTokenRefusal): string =>
  [error, description].filter(Boolean).join(': ') || `status ${status}`

/** Says in plain words why Google refuses a service account, and what to do about it. */
export function explainGoogleRefusal(words: string): Explanation {
  const known = refusals.find(({ words: pattern }) => pattern.test(words))
  if (known) return { sentence: `${known.sentence} (${words})`, fix: known.fix }
  return { sentence: `Google grants no access token (${words})`, fix: NEW_KEY }
}

/** Says why Google granted no access token. */
export function explainNoToken({ message, refusal }: NoAccessTokenError): Finding {
  if (!refusal)
    return fail(
      `the account was not checked: ${message}`,
      'mend the connection first: see the check of its reach',
    )
  const { status } = refusal
  if (status === 429 || status >= 500)
    return warn(`Google's token endpoint cannot answer now (status ${status})`, 'run this again in a minute')
  const { sentence, fix } = explainGoogleRefusal(wordsOf(refusal))
  return fail(sentence, fix)
}

type Explain = (settings: Pick<FcmSettings, 'projectId'>) => Finding

const accepted: Explain = ({ projectId }) =>
  ok(`Google accepts the service account for the project ${projectId}`)

/**
 * What Google's answer to a dry run for an impossible token says about the account.
 * https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
 */
const byReason: Record<string, Explain> = {
  // About the token: the rest of the message is valid.
  INVALID_ARGUMENT: accepted,
  UNREGISTERED: accepted,
  PERMISSION_DENIED: ({ projectId }) =>
    fail(
      `the service account may not send for the project ${projectId}`,
      "use a service account of this project with the role Firebase Cloud Messaging API Admin, and enable the Firebase Cloud Messaging API (V1) in Firebase's console (Project settings → Cloud Messaging)",
    ),
  NOT_FOUND: ({ projectId }) =>
    fail(
      `Google knows no project ${projectId}`,
      'set FIREBASE_PROJECT_ID to the id (not the name or the number) of the project, or use the JSON file of its service account as it is',
    ),
  SENDER_ID_MISMATCH: ({ projectId }) =>
    fail(
      `Google says that the tokens belong to another sender than the project ${projectId}`,
      "use a service account of the project in the app's google-services.json",
    ),
  THIRD_PARTY_AUTH_ERROR: () =>
    fail('Google does not accept the access token that it has just granted', NEW_KEY),
  UNAUTHENTICATED: () => fail('Google does not accept the access token that it has just granted', NEW_KEY),
}

/** Says what the outcome of a dry run to an impossible token means for the account. */
export function explainDryRun(outcome: Outcome, settings: Pick<FcmSettings, 'projectId' | 'url'>): Finding {
  if (outcome.kind === 'accepted')
    return warn(
      `${new URL(settings.url).host} accepts a token that no phone has, so it is not Google`,
      'remove FCM_URL and FCM_TOKEN_URL, unless a stand-in is meant',
    )
  const { reason = '', status } = outcome
  const explain = Object.hasOwn(byReason, reason) ? byReason[reason] : undefined
  if (explain) return explain(settings)
  if (status === undefined)
    return fail(
      `the account was not checked: ${reason}`,
      'mend the connection first: see the check of its reach',
    )
  return outcome.kind === 'retryable'
    ? warn(`Google cannot answer now (${reason})`, 'run this again in a minute')
    : fail(`Google refuses the dry run for an unexpected reason (${reason})`, UNEXPECTED)
}

const UNEXPECTED = 'look it up: https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode'
