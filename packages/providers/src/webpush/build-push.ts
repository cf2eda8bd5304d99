import webPush from 'web-push'
import type { SenderContext } from '../provider.ts'
import { topicOf } from '../push-topic.ts'
import type { OutgoingPush } from '../sending/push-sender.ts'
import { buildPayload } from './payloads/build-payload.ts'
import { subscriptionOf } from './read-token.ts'
import type { WebPushSettings } from './settings/webpush-settings.ts'

/** The request that delivers a push to a push service. */
export interface PushRequest {
  endpoint: string
  headers: Readonly<Record<string, string>>
  body: Buffer
}

/**
 * Builds the request of a push: encrypted for the browser (RFC 8291) and signed with the VAPID key (RFC 8292). Its TTL is the
 * whole seconds that are left until the deadline; with 0 a push service delivers it at once or never.
 * https://www.rfc-editor.org/rfc/rfc8030#section-5
 *
 * @param now epoch ms
 */
export function buildPush(
  push: OutgoingPush,
  {
    publicKey,
    privateKey,
    subject,
    stateUrlOf,
  }: Pick<WebPushSettings, 'publicKey' | 'privateKey' | 'subject'> & Pick<SenderContext, 'stateUrlOf'>,
  now: number,
): PushRequest {
  const { endpoint, headers, body } = webPush.generateRequestDetails(
    subscriptionOf(push.device.token),
    JSON.stringify(buildPayload(push, stateUrlOf)),
    {
      vapidDetails: { publicKey, privateKey, subject },
      TTL: Math.max(0, Math.floor((push.deadline - now) / 1_000)),
      urgency: 'high',
      topic: topicOf(push),
      contentEncoding: 'aes128gcm',
    },
  )
  return { endpoint, headers, body }
}
