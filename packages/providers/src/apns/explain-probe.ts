import { type Finding, fail, ok, warn } from '@ringer/service'
import type { Environment } from '@ringer/store'
import type { Outcome } from '../sending/outcome.ts'
import type { ApnsSettings } from './settings/apns-settings.ts'

interface Probed {
  /** Where the push was sent. */
  environment: Environment
  settings: Pick<ApnsSettings, 'auth' | 'bundleId' | 'environment' | 'sandboxKey' | 'urls'>
}

type Explain = (probed: Probed) => Finding

const keySettings = ({ environment, settings }: Probed) =>
  `compare ${keyName(environment, settings)}_ID with the id of the .p8 (under Keys), and APNS_TEAM_ID with that of the account`

/** The first words of the settings of the key that is used in an environment. */
const keyName = (environment: Environment, { sandboxKey }: Probed['settings']) =>
  environment === 'sandbox' && sandboxKey ? 'APNS_SANDBOX_KEY' : 'APNS_KEY'

/** A key or a certificate may be for one environment only, which is enough if no phone is registered in the other. */
const wrongEnvironment =
  (what: string, fix: string): Explain =>
  ({ environment, settings }) =>
    environment === settings.environment
      ? fail(`Apple does not accept this ${what} in ${environment}, where tokens are sent by default`, fix)
      : warn(
          `Apple does not accept this ${what} in ${environment}: phones that are registered as ${environment} do not ring`,
          `nothing, if you have no such phones; otherwise ${fix}`,
        )

const wrongTopic: Explain = ({ settings: { auth, bundleId } }) =>
  fail(
    `Apple does not let this ${auth.kind === 'token' ? 'key' : 'certificate'} push to the topic ${bundleId}.voip`,
    auth.kind === 'token'
      ? "set APNS_BUNDLE_ID to the bundle id of an app of this team, without .voip; if the key is for certain topics only, add this one in Apple's developer account, under Keys, then start the worker again"
      : 'set APNS_BUNDLE_ID to the bundle id that the certificate was made for, without .voip',
  )

const badCertificate: Explain = () =>
  fail(
    'Apple does not accept the certificate',
    "request a VoIP Services certificate in Apple's developer account and set APNS_CERT_PATH to it",
  )

/**
 * What Apple's answer to a push for an impossible token says about the account.
 * https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
 */
const byReason: Record<string, Explain> = {
  BadDeviceToken: ({ environment, settings: { auth } }) =>
    ok(
      auth.kind === 'token'
        ? `Apple accepts the key, its id and the team in ${environment}`
        : `Apple accepts the certificate in ${environment}`,
    ),
  InvalidProviderToken: probed =>
    fail(
      'Apple does not know this key: the .p8, its id and the team do not belong together',
      keySettings(probed),
    ),
  UnrelatedKeyIdInToken: probed =>
    fail('Apple says that the key id belongs to another key', keySettings(probed)),
  BadEnvironmentKeyIdInToken: wrongEnvironment(
    'key',
    "create a key for this environment in Apple's developer account, under Keys; APNS_KEY is for production and APNS_SANDBOX_KEY for the sandbox",
  ),
  BadCertificateEnvironment: wrongEnvironment(
    'certificate',
    "request a VoIP Services certificate in Apple's developer account, which is valid in both",
  ),
  TopicDisallowed: wrongTopic,
  BadTopic: wrongTopic,
  DeviceTokenNotForTopic: wrongTopic,
  BadCertificate: badCertificate,
  Forbidden: () =>
    fail(
      'Apple does not let this account push',
      "look at the membership of the team in Apple's developer account: it may have expired, or an agreement is not accepted",
    ),
  ExpiredProviderToken: () =>
    fail('Apple says that a provider token that was just signed has expired', 'run NTP: the clock is wrong'),
  TooManyProviderTokenUpdates: () =>
    warn('Apple has seen too many new provider tokens of this key lately', 'run this again in 20 minutes'),
}

/** Says what the outcome of a push to an impossible token means for the account. */
export function explainProbe(outcome: Outcome, probed: Probed): Finding {
  const { environment, settings } = probed
  if (outcome.kind === 'accepted')
    return warn(
      `${new URL(settings.urls[environment]).host} accepts a push to a token that no phone has, so it is not Apple`,
      'remove APNS_PRODUCTION_URL and APNS_SANDBOX_URL, unless a stand-in is meant',
    )
  const { reason = '', status } = outcome
  const explain = Object.hasOwn(byReason, reason) ? byReason[reason] : undefined
  if (explain) return explain(probed)
  if (outcome.kind === 'rejected' && status === undefined)
    return fail(
      `Apple refuses the connection: ${reason}`,
      "request a VoIP Services certificate in Apple's developer account and set APNS_CERT_PATH to it",
    )
  if (status === undefined)
    return fail(
      `the account was not checked: ${reason}`,
      'mend the connection first: see the check of its reach',
    )
  return outcome.kind === 'retryable'
    ? warn(`Apple cannot answer now (${reason})`, 'run this again in a minute')
    : fail(`Apple refuses the push for an unexpected reason (${reason})`, UNEXPECTED)
}

const UNEXPECTED =
  'look it up: https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns'
