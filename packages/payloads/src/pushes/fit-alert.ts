import type { Alert } from '../alert.ts'
import { cut, cutToFit, fits, MAX_PUSH_BYTES } from './cut-to-fit.ts'

/** Below this many code points a text says nothing any more: a notification without one is not even shown. */
const SHORTEST_TEXT = 40

/**
 * Makes a notification fit: CometChat's message goes first, then the pictures, then the texts are cut, at a code point;
 * where too little would be left of them, the app's own JSON goes. Ids are never cut.
 *
 * @param build turns it into the push's payload; its JSON is what is measured
 * @throws RangeError when the ids alone are too large, which the limits of the webhook's fields rule out
 */
export function fitAlert<Payload>(alert: Alert, build: (alert: Alert) => Payload): Payload {
  const plain = withoutPictures({ ...alert, message: undefined })
  const candidates = [alert, { ...alert, message: undefined }, plain]
  for (const candidate of candidates) {
    const payload = build(candidate)
    if (fits(payload)) return payload
  }
  const cutTo = (shown: Alert) => (codePoints: number) => build(withTextsCut(shown, codePoints))
  const fitting = cutToFit(cutTo(plain), SHORTEST_TEXT) ?? cutToFit(cutTo({ ...plain, custom: undefined }), 0)
  if (!fitting)
    throw new RangeError(`the ids of this notification do not fit into a push of ${MAX_PUSH_BYTES} bytes`)
  return fitting
}

function withoutPictures(alert: Alert): Alert {
  const { senderAvatar, receiverAvatar, ...data } = alert.data
  return { ...alert, data }
}

/** The texts that people read. They are cut alike, to the longest length that fits. */
const texts = ['title', 'body', 'senderName', 'callerName', 'name', 'receiverName'] as const

function withTextsCut(alert: Alert, codePoints: number): Alert {
  const short = (text: string) => cut(text, codePoints)
  const data = { ...alert.data }
  for (const key of texts) if (data[key] !== undefined) data[key] = short(data[key])
  const { localisedBody } = alert
  return {
    ...alert,
    title: short(alert.title),
    body: short(alert.body),
    ...(localisedBody && { localisedBody: { key: localisedBody.key, args: localisedBody.args.map(short) } }),
    data,
  }
}
