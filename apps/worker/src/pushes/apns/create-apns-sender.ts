import type { Environment } from '@ringer/store'
import type { Outcome } from '../outcome.ts'
import type { OutgoingPush, PushSender } from '../push-sender.ts'
import { buildPush } from './build-push.ts'
import { classifyResponse } from './classify-response.ts'
import { type ApnsConnection, createApnsConnection } from './create-apns-connection.ts'
import { createProviderToken } from './provider-token.ts'

export interface ApnsConfig {
  key: string
  keyId: string
  teamId: string
  bundleId: string
  /** For tokens that were registered without one. */
  environment: Environment
  urls: Record<Environment, string>
  ca: string | undefined
}

/** Rings iPhones. Each of Apple's environments has a connection of its own, opened when it is first needed. */
export function createApnsSender(config: ApnsConfig, clock: () => number = Date.now): PushSender {
  const connections = new Map<Environment, ApnsConnection>()
  const providerToken = createProviderToken(config, clock)
  // A device token is shown to Apple, or to a stand-in, never to one because the other did not know it.
  const mayProbe = isApples(config.urls.production) === isApples(config.urls.sandbox)

  function connectionTo(environment: Environment): ApnsConnection {
    const open = connections.get(environment)
    if (open) return open
    const { key, keyId, teamId, ca, urls } = config
    const production = environment === 'production'
    const account = { key, keyId, teamId, ca, url: urls[environment], production }
    const opened = createApnsConnection(account, providerToken, clock)
    connections.set(environment, opened)
    return opened
  }

  async function sendTo(environment: Environment, push: OutgoingPush): Promise<Outcome> {
    const { device, deadline } = push
    const build = () => buildPush(push, config.bundleId)
    try {
      return classifyResponse(await connectionTo(environment).send({ token: device.token, deadline, build }))
    } catch {
      return { kind: 'rejected', reason: 'the push could not be built' }
    }
  }

  return {
    provider: 'apns',
    async send(push) {
      // iOS wants every VoIP push reported as a call, so nothing but a ring ever becomes one.
      if (push.kind !== 'ring') return { kind: 'rejected', reason: 'only a ring is sent to an iPhone' }
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
