import type { LegacyPayload } from '@ringer/payloads'
import type { Environment } from '@ringer/store'
import type { Outcome } from '../outcome.ts'
import { type OutgoingAlert, type OutgoingRing, type PushSender, urgencyOf } from '../push-sender.ts'
import { buildPush } from './build-push.ts'
import { classifyResponse } from './classify-response.ts'
import { type ApnsConnection, createApnsConnection } from './create-apns-connection.ts'
import type { ApnsIdentity } from './open-provider.ts'
import { createProviderToken } from './provider-token.ts'

/** By what Apple knows the app: what its provider tokens are signed with, or a certificate. All PEM. */
export type ApnsAuth =
  | { kind: 'token'; key: string; keyId: string; teamId: string }
  | {
      kind: 'certificate'
      cert: string
      key: string
      passphrase?: string | undefined
      /** Epoch ms. */
      expiresAt: number
    }

export interface ApnsConfig {
  auth: ApnsAuth
  bundleId: string
  /** For tokens that were registered without one. */
  environment: Environment
  urls: Record<Environment, string>
  ca: string | undefined
  /** Which rings bring CometChat's raw call message: none, unless it is told otherwise. */
  legacyPayload?: LegacyPayload
}

/** Rings iPhones. Each of Apple's environments has a connection of its own, opened when it is first needed. */
export function createApnsSender(config: ApnsConfig, clock: () => number = Date.now): PushSender {
  const connections = new Map<Environment, ApnsConnection>()
  const { auth } = config
  const identity: ApnsIdentity =
    auth.kind === 'token' ? { kind: 'token', token: createProviderToken(auth, clock) } : auth
  // A device token is shown to Apple, or to a stand-in, never to one because the other did not know it.
  const mayProbe = isApples(config.urls.production) === isApples(config.urls.sandbox)

  function connectionTo(environment: Environment): ApnsConnection {
    const open = connections.get(environment)
    if (open) return open
    const { ca, urls } = config
    const production = environment === 'production'
    const account = { identity, ca, url: urls[environment], production }
    const opened = createApnsConnection(account, clock)
    connections.set(environment, opened)
    return opened
  }

  async function sendTo(environment: Environment, push: OutgoingRing | OutgoingAlert): Promise<Outcome> {
    const { device, deadline } = push
    const build = () => buildPush(push, config)
    try {
      const urgency = urgencyOf(push)
      const request = { token: device.token, deadline, urgency, build }
      return classifyResponse(await connectionTo(environment).send(request))
    } catch {
      return { kind: 'rejected', reason: 'the push could not be built' }
    }
  }

  return {
    provider: 'apns',
    async send(push) {
      // iOS wants every VoIP push reported as a call, so a stop never becomes one.
      if (push.kind === 'stop') return { kind: 'rejected', reason: 'a stop is never sent to an iPhone' }
      const environment = push.device.environment ?? config.environment
      const outcome = await sendTo(environment, push)
      const certain = push.device.environment !== undefined
      if (certain || !mayProbe || outcome.reason !== 'BadDeviceToken') return outcome
      // Apple says the same of a token that is none and of one that belongs to its other environment.
      const other = environment === 'production' ? 'sandbox' : 'production'
      const probed = await sendTo(other, push)
      if (probed.kind === 'accepted') return { ...probed, environment: other }
      // What is not known yet is asked again; what is dead elsewhere is none of this token's business.
      return probed.kind === 'retryable' ? probed : outcome
    },
    async close() {
      await Promise.all(Array.from(connections.values(), connection => connection.close()))
    },
  }
}

const isApples = (url: string) => new URL(url).hostname.endsWith('.apple.com')
