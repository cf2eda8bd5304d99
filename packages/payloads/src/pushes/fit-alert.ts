import type { Alert } from '../alert.ts'
import { cut, cutToFit, fits, MAX_PUSH_BYTES } from './cut-to-fit.ts'

/** In code points. A shorter text is not useful any more, and a notification without text is not shown at all. */
const SHORTEST_TEXT = 40

/**
 * Makes an alert push fit, by default into 4,096 bytes. CometChat's message is dropped first, then the pictures; then the
 * texts are cut, always at a code point. If too little of them would be left, the app's own JSON is dropped.
 * Ids are never cut.
 *
 * @param build turns an alert into the push's payload, whose JSON is measured
 * @param maxBytes how large it may be
 * @throws RangeError if the ids alone are too large, which the size limits of a webhook's fields prevent
 */
export function fitAlert<Payload>(
  alert: Alert,
  build: (alert: Alert) => Payload,
  maxBytes = MAX_PUSH_BYTES,
): Payload {
  const withoutExtras = withoutPictures({ ...alert, message: undefined })
  const candidates = [alert, { ...alert, message: undefined }, withoutExtras]
  for (const candidate of candidates) {
    const payload = build(candidate)
    if (fits(payload, maxBytes)) return payload
  }
  const cutTo = (shown: Alert) => (codePoints: number) => build(withTextsCut(shown, codePoints))
  const fitting =
    cutToFit(cutTo(withoutExtras), SHORTEST_TEXT, maxBytes) ??
    cutToFit(cutTo({ ...withoutExtras, custom: undefined }), 0, maxBytes)
  if (!fitting)
    throw new RangeError(`the ids of this notification do not fit into a push of ${maxBytes} bytes`)
  return fitting
}

function withoutPictures(alert: Alert): Alert {
  const { senderAvatar, receiverAvatar, ...data } = alert.data
  return { ...alert, data }
}

/** The texts that people read. All are cut to the same length, the longest that fits. */
const TEXT_KEYS = ['title', 'body', 'senderName', 'callerName', 'name', 'receiverName'] as const

function withTextsCut(alert: Alert, codePoints: number): Alert {
  const short = (text: string) => cut(text, codePoints)
  const data = { ...alert.data }
  for (const key of TEXT_KEYS) if (data[key] !== undefined) data[key] = short(data[key])
  const { localisedBody } = alert
  return {
    ...alert,
    title: short(alert.title),
    body: short(alert.body),
    ...(localisedBody && { localisedBody: { key: localisedBody.key, args: localisedBody.args.map(short) } }),
    data,
  }
}
