import { fitAlert, fitRing, type RingContent, ringContent } from '@ringer/payloads'
import type { SenderContext } from '../../provider.ts'
import type { OutgoingPush } from '../../sending/push-sender.ts'

/**
 * Push services accept bodies of 4,096 bytes. Encryption adds a header (86), a delimiter (1) and a tag (16).
 * https://www.rfc-editor.org/rfc/rfc8291#section-4
 */
export const MAX_PAYLOAD_BYTES = 4_096 - 86 - 1 - 16

/**
 * Builds what a service worker gets: JSON of at most 3,993 bytes, with the keys of an FCM data message, all of them strings.
 * `type` is `incoming_call` for a ring, `call_ended` for its stop, and an alert's own otherwise; an alert also has its
 * `title` and `body`, and `badge`, `collapse`, `bodyLocKey` and `bodyLocArgs` (a JSON list) if there are any.
 *
 * @param stateUrlOf default: no push carries a state URL
 * @throws RangeError if the ids alone are too large, which the size limits of a webhook's fields prevent
 */
export function buildPayload(
  push: OutgoingPush,
  stateUrlOf?: SenderContext['stateUrlOf'],
): Record<string, string> {
  if (push.kind === 'alert') {
    return fitAlert(
      push.alert,
      ({ title, body, localisedBody, badge, collapse, data, custom, message }) => ({
        ...data,
        ...{ title, body },
        ...(localisedBody && {
          bodyLocKey: localisedBody.key,
          bodyLocArgs: JSON.stringify(localisedBody.args),
        }),
        ...(badge !== undefined && { badge: String(badge) }),
        ...(collapse !== undefined && { collapse }),
        ...(custom !== undefined && { custom: asText(custom) }),
        ...(message !== undefined && { message: asText(message) }),
      }),
      MAX_PAYLOAD_BYTES,
    )
  }
  const { event, receivedAt, ringId, device } = push
  const stateUrl = stateUrlOf?.({ ringId, deviceId: device.id })
  const about =
    push.kind === 'ring' ? { type: 'incoming_call' } : { type: 'call_ended', callAction: push.action }
  const build = (content: RingContent): Record<string, string> => ({
    ...content,
    ...about,
    hasVideo: String(content.callType === 'video'),
    timestamp: content.sentAt,
  })
  return fitRing(ringContent(event, receivedAt, stateUrl), [build], MAX_PAYLOAD_BYTES)
}

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
