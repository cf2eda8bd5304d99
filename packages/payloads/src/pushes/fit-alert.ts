import type { Alert } from '../alert.ts'
import { MAX_PUSH_BYTES } from './fit-ring.ts'

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
  const fitting = cutToFit(plain, build, SHORTEST_TEXT) ?? cutToFit({ ...plain, custom: undefined }, build, 0)
  if (!fitting)
    throw new RangeError(`the ids of this notification do not fit into a push of ${MAX_PUSH_BYTES} bytes`)
  return fitting
}

const fits = (payload: unknown) => Buffer.byteLength(JSON.stringify(payload)) <= MAX_PUSH_BYTES

function withoutPictures(alert: Alert): Alert {
  const { senderAvatar, receiverAvatar, ...data } = alert.data
  return { ...alert, data }
}

/** The texts that people read. They are cut alike, to the longest length that fits. */
const texts = ['title', 'body', 'senderName', 'callerName', 'name', 'receiverName'] as const

function cutToFit<Payload>(
  alert: Alert,
  build: (alert: Alert) => Payload,
  shortest: number,
): Payload | undefined {
  let longest = shortest
  let tooLong = MAX_PUSH_BYTES
  let fitting: Payload | undefined
  while (longest <= tooLong) {
    const middle = Math.floor((longest + tooLong) / 2)
    const candidate = build(withTextsCut(alert, middle))
    if (fits(candidate)) {
      fitting = candidate
      longest = middle + 1
    } else {
      tooLong = middle - 1
    }
  }
  return fitting
}

function withTextsCut(alert: Alert, codePoints: number): Alert {
  // A code point is at most two units: what comes after them need not be looked at, however long it is.
  const cut = (text: string) =>
    Array.from(text.slice(0, 2 * codePoints))
      .slice(0, codePoints)
      .join('')
  const data = { ...alert.data }
  for (const key of texts) if (data[key] !== undefined) data[key] = cut(data[key])
  const { localisedBody } = alert
  return {
    ...alert,
    title: cut(alert.title),
    body: cut(alert.body),
    ...(localisedBody && { localisedBody: { key: localisedBody.key, args: localisedBody.args.map(cut) } }),
    data,
  }
}
