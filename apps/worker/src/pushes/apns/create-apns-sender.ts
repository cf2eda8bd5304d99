import apn from '@parse/node-apn'
import { apnsId, buildApnsRing } from '@ringer/payloads'
import type { Environment } from '@ringer/store'
import type { OutgoingPush, PushSender } from '../push-sender.ts'
import { classifyResponse } from './classify-response.ts'
import { type ApnsConnection, createApnsConnection } from './create-apns-connection.ts'

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

  function connectionTo(environment: Environment): ApnsConnection {
    const open = connections.get(environment)
    if (open) return open
    const { key, keyId, teamId, ca, urls } = config
    const account = {
      key,
      keyId,
      teamId,
      ca,
      url: urls[environment],
      production: environment === 'production',
    }
    const opened = createApnsConnection(account, clock)
    connections.set(environment, opened)
    return opened
  }

  return {
    provider: 'apns',
    async send(push) {
      // iOS wants every VoIP push reported as a call, so nothing but a ring ever becomes one.
      if (push.kind !== 'ring') return { kind: 'rejected', reason: 'only a ring is sent to an iPhone' }
      const connection = connectionTo(push.device.environment ?? config.environment)
      const answer = await connection.send(buildNotification(push, config.bundleId), push.device.token)
      return classifyResponse(answer)
    },
    async close() {
      await Promise.all(Array.from(connections.values(), connection => connection.close()))
    },
  }
}

/** https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns */
function buildNotification(push: OutgoingPush, bundleId: string): apn.Notification {
  const notification = new apn.Notification()
  notification.topic = `${push.device.bundleId ?? bundleId}.voip`
  notification.pushType = 'voip'
  notification.priority = 10
  notification.expiry = Math.floor(push.deadline / 1_000)
  notification.id = apnsId(push.ringId, push.device.id)
  notification.rawPayload = buildApnsRing(push.event, push.receivedAt)
  return notification
}
