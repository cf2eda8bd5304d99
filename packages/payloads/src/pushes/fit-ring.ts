import type { RingContent } from './ring-content.ts'

/** Apple's limit for an alert push and Google's for a data message; one for both, VoIP included, is the safe one. */
export const MAX_PUSH_BYTES = 4096

/**
 * Makes a push fit: the avatars go first, then the names are cut, at a code point; ids never are. What a barer payload
 * leaves out goes last of all: an app that needs it reports no call without it, and a name that is cut is still a call.
 *
 * @param content what the push should say
 * @param builds turn content into the push's payload, each leaving out something that the one before had; a payload's JSON
 *   is what is measured
 * @throws RangeError when the ids alone are too large, which the limits of the webhook's fields rule out
 */
export function fitRing<Payload>(
  content: RingContent,
  ...builds: ((content: RingContent) => Payload)[]
): Payload {
  for (const build of builds) {
    const fitting = fit(content, build)
    if (fitting) return fitting
  }
  throw new RangeError(`the ids of this call do not fit into a push of ${MAX_PUSH_BYTES} bytes`)
}

function fit<Payload>(content: RingContent, build: (content: RingContent) => Payload): Payload | undefined {
  const whole = build(content)
  if (fits(whole)) return whole
  const { senderAvatar, receiverAvatar, ...withoutAvatars } = content
  const plain = build(withoutAvatars)
  if (fits(plain)) return plain

  let longest = 0
  let fitting: Payload | undefined
  let tooLong = Math.max(
    ...[content.callerName, content.receiverName, content.title, content.body].map(lengthOf),
  )
  while (longest <= tooLong) {
    const middle = Math.floor((longest + tooLong) / 2)
    const candidate = build(withNamesCut(withoutAvatars, middle))
    if (fits(candidate)) {
      fitting = candidate
      longest = middle + 1
    } else {
      tooLong = middle - 1
    }
  }
  return fitting
}

const fits = (payload: unknown) => Buffer.byteLength(JSON.stringify(payload)) <= MAX_PUSH_BYTES

const lengthOf = (text: string) => Array.from(text).length

function withNamesCut(content: RingContent, codePoints: number): RingContent {
  const cut = (text: string) => Array.from(text).slice(0, codePoints).join('')
  const callerName = cut(content.callerName)
  return {
    ...content,
    senderName: callerName,
    callerName,
    name: callerName,
    receiverName: cut(content.receiverName),
    title: cut(content.title),
    body: cut(content.body),
  }
}
