import type { Environment } from '@ringer/store'
import type { SenderContext } from '../provider.ts'
import type { Outcome, Rejected } from '../sending/outcome.ts'
import {
  type Commit,
  type OutgoingAlert,
  type OutgoingRing,
  type PushSender,
  urgencyOf,
} from '../sending/push-sender.ts'
import { noReports, reportCredentials } from '../sending/sender-reports.ts'
import { buildPush } from './build-push.ts'
import { classifyResponse } from './classify-response.ts'
import { createIdentities } from './create-identities.ts'
import { type ApnsConnection, createConnection } from './session/create-connection.ts'
import type { ApnsSettings } from './settings/apns-settings.ts'

/**
 * Sends pushes to iPhones. Each of Apple's environments has its own sessions. Those with the usual environment are opened
 * now, so that the first ring does not wait for them; the others by the first push there.
 */
export function createApnsSender(
  settings: ApnsSettings,
  { legacyPayload, stateUrlOf, clock, proxyUrl, reports = noReports }: SenderContext,
): PushSender {
  const connections = new Map<Environment, ApnsConnection>()
  const { bundleId } = settings
  const identities = createIdentities(settings, clock)
  /** Where Apple said that the key may not be used. That holds for as long as the key exists. */
  const keyRefusedIn = new Set<Environment>()
  // Both environments must be Apple's, or both stand-ins: a token that one side does not know is not shown to the other.
  const mayProbe = isApples(settings.urls.production) === isApples(settings.urls.sandbox)

  function connectionTo(environment: Environment): ApnsConnection {
    const open = connections.get(environment)
    if (open) return open
    const { ca, urls } = settings
    const production = environment === 'production'
    const account = { identity: identities[environment], ca, url: urls[environment], production, proxyUrl }
    const opened = createConnection(account, clock, reports)
    connections.set(environment, opened)
    return opened
  }

  async function sendTo(
    environment: Environment,
    push: OutgoingRing | OutgoingAlert,
    commit: Commit,
    { isProbe = false } = {},
  ): Promise<Outcome> {
    const { device, deadline } = push
    const notification = buildOrRefuse(push)
    if (!notification) return { kind: 'rejected', reason: 'the push could not be built' }
    const request = {
      token: device.token,
      deadline,
      urgency: urgencyOf(push),
      build: () => notification,
      commit,
    }
    const answer = await connectionTo(environment).send(request)
    if (answer.kind === 'withheld') return answer
    const outcome = classifyResponse(answer)
    const isKeyRefused = outcome.why === 'wrong-key-environment'
    if (isKeyRefused) keyRefusedIn.add(environment)
    // A probe goes where perhaps no phone is registered, so its refusal is no reason to wake anybody.
    if (!isProbe || !isKeyRefused) reportCredentials(reports, environment, outcome)
    return outcome
  }

  function buildOrRefuse(push: OutgoingRing | OutgoingAlert) {
    try {
      return buildPush(push, { bundleId, legacyPayload, stateUrlOf })
    } catch {
      return undefined
    }
  }

  /** Sends a push to a phone that was registered without an environment. */
  async function sendToEither(push: OutgoingRing | OutgoingAlert, commit: Commit): Promise<Outcome> {
    const environment = settings.environment
    const earlier = push.refused?.environment === environment ? push.refused : undefined
    const outcome = earlier
      ? classifyResponse({ kind: 'answered', ...earlier })
      : await sendTo(environment, push, commit)
    // Apple answers the same for a malformed token and for a token of its other environment.
    if (outcome.kind !== 'rejected' || outcome.reason !== 'BadDeviceToken') return outcome
    const other = environment === 'production' ? 'sandbox' : 'production'
    if (keyRefusedIn.has(other)) return unasked(outcome)
    const probed = await sendTo(other, push, commit, { isProbe: true })
    switch (probed.kind) {
      case 'accepted':
        return { ...probed, environment: other }
      case 'retryable': {
        const { status = 400, reason } = outcome
        // The first environment was sent the push, unless an earlier attempt had sent it.
        const unsent = earlier ? {} : { isUnsent: undefined, cause: undefined }
        return { ...probed, ...lessOften(probed), ...unsent, refused: { environment, status, reason } }
      }
      case 'withheld':
        return earlier ? probed : ofOneEnvironment(outcome)
      case 'unregistered':
        return outcome
      case 'rejected':
        if (probed.why === 'wrong-key-environment') return unasked(outcome)
        return probed.aboutToken ? outcome : ofOneEnvironment(outcome)
    }
  }

  connectionTo(settings.environment).warm()

  return {
    send(push, commit) {
      // iOS requires every VoIP push to be reported as a call, so a stop must never become one.
      if (push.kind === 'stop') return Promise.resolve(noStop)
      const { environment } = push.device
      if (environment === undefined && mayProbe) return sendToEither(push, commit)
      return sendTo(environment ?? settings.environment, push, commit)
    },
    hasRoom: ({ environment = settings.environment }, rings) =>
      connections.get(environment)?.hasRoom(rings) ?? true,
    isReachable: () => Array.from(connections.values()).some(connection => connection.isReachable()),
    async close() {
      await Promise.all(Array.from(connections.values(), connection => connection.close()))
    },
  }
}

/**
 * How soon a token that one environment refused is shown to the other one again while that one cannot be reached, ms. It may be nobody's:
 * an account with many made-up tokens would keep workers busy if each was tried every second.
 */
const UNREACHED_RETRY_MS = 4_000

const lessOften = ({ isUnsent, retryAfterMs }: Extract<Outcome, { kind: 'retryable' }>) =>
  isUnsent && retryAfterMs !== undefined && { retryAfterMs: Math.max(retryAfterMs, UNREACHED_RETRY_MS) }

const noStop: Outcome = { kind: 'rejected', reason: 'a stop is never sent to an iPhone' }

/**
 * One environment refused the token, and the other one did not judge it. The phone may well be of the other one, so the refusal
 * does not count against it.
 */
const ofOneEnvironment = ({ aboutToken: _, ...outcome }: Rejected): Outcome => outcome

/**
 * The token is not of the usual environment, and the key may not be used to ask the other one: more telling than Apple's word for the
 * first. It stays a refusal of the token, as most of these phones are not ours to ring.
 */
const unasked = (outcome: Rejected): Outcome => ({
  ...outcome,
  reason: 'BadDeviceToken, and the key may not be used in the other environment',
  why: 'wrong-key-environment',
})

const isApples = (url: string) => new URL(url).hostname.endsWith('.apple.com')
